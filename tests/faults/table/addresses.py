"""URLs of images that lead to this machine, its network or the cloud, in every disguise: nothing is fetched."""

from __future__ import annotations

from fault_table.words import HERE, Fault, data, says

PORT = HERE.partition(":")[2]
DISGUISES = {
    "this machine at another port": "http://127.0.0.1:1/a.png",
    "this machine by its name": f"http://localhost:{PORT}/a.png",
    "this machine by a name below its name": f"http://a.localhost:{PORT}/a.png",
    "this machine by its name and a dot": f"http://localhost.:{PORT}/a.png",
    "this machine as one number": "http://2130706433/a.png",
    "this machine in hexadecimal": "http://0x7f000001/a.png",
    "this machine in octal": "http://017700000001/a.png",
    "this machine in mixed bases": "http://0x7f.0.0.01/a.png",
    "this machine in short": "http://127.1/a.png",
    "this machine as zero": "http://0/a.png",
    "this machine as all zeros": "http://0.0.0.0/a.png",
    "this machine elsewhere in its range": "http://127.255.255.254/a.png",
    "this machine in IPv6": f"http://[::1]:{PORT}/a.png",
    "this machine in IPv6 in full": "http://[0:0:0:0:0:0:0:1]/a.png",
    "this machine in IPv6, mapped": f"http://[::ffff:127.0.0.1]:{PORT}/a.png",
    "this machine in IPv6, mapped in hexadecimal": "http://[::ffff:7f00:1]/a.png",
    "this machine in IPv6, compatible": "http://[::127.0.0.1]/a.png",
    "this machine behind NAT64": "http://[64:ff9b::7f00:1]/a.png",
    "this machine behind 6to4": "http://[2002:7f00:1::]/a.png",
    "this machine behind Teredo": "http://[2001:0:7f00:1::]/a.png",
    "this machine with a zone": "http://[fe80::1%25lo]/a.png",
    "this machine in wide digits": "http://\uff11\uff12\uff17.0.0.1/a.png",
    "this machine with ideographic dots": "http://127\u30020\u30020\u30021/a.png",
    "this machine in circled digits": "http://\u2460\u2461\u2466.0.0.1/a.png",
    "nowhere in IPv6": "http://[::]/a.png",
    "a private network of class A": "http://10.0.0.1/a.png",
    "a private network of class B": "http://172.16.0.1/a.png",
    "a private network of class C": "http://192.168.1.1/a.png",
    "a private network in IPv6": "http://[fd00::1]/a.png",
    "the cloud's metadata": "http://169.254.169.254/latest/meta-data/",
    "the cloud's metadata as one number": "http://2852039166/latest/",
    "the cloud's metadata in octal": "http://0251.0376.0251.0376/",
    "the cloud's metadata in IPv6": "http://[fd00:ec2::254]/latest/",
    "the cloud's metadata mapped into IPv6": "http://[::ffff:a9fe:a9fe]/",
    "the network of the carrier": "http://100.64.0.1/a.png",
    "protocol assignments": "http://192.0.0.192/opc/v2/",
    "the host agent of a cloud": "http://168.63.129.16/machine",
    "many machines": "http://224.0.0.1/a.png",
    "all machines": "http://255.255.255.255/a.png",
    "a user and this machine": f"http://user:pass@{HERE}/a.png",
    "a user that looks like a host": f"http://cdn.example@{HERE}/a.png",
    "a backslash before this machine": f"http://cdn.example\\@{HERE}/a.png",
    "a port that is not the web's": "http://cdn.example:22/a.png",
    "a file": "file:///etc/passwd",
    "a file without slashes": "file:etc/passwd",
    "FTP": "ftp://cdn.example/a.png",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "a script": "javascript:alert(1)",
    "no scheme": "//127.0.0.1/a.png",
    "a path": "/etc/passwd",
    "no host": "http:///a.png",
    "a line feed in the host": "http://cdn.example\n.evil.example/a.png",
    "a percent sign in the host": "http://%31%32%37.0.0.1/a.png",
}  # fmt: skip

FAULTS = (
    *(
        Fault(f"a URL leads to {words}", [says(data({"url": url}))], kind="ssrf_blocked", billed=True, images=(url,))
        for words, url in DISGUISES.items()
    ),
    Fault(
        "a URL leads to the server itself, for a client that trusts nobody",
        [says(data({"url": f"http://{HERE}/a.png"}))],
        kind="ssrf_blocked",
        billed=True,
        images=(f"http://{HERE}/a.png",),
        client={"trust": "server"},
    ),
)
