"""Paint pictures from words.

PROMPT says what to paint; - reads it from standard input.

    limner generate "a lighthouse at dawn" -m openai/gpt-image-2 -o dawn.png
    limner generate - -m openai/gpt-image-2 -n 4 -o cats/ < prompt.txt

What is not set is not sent, and what a model does not take is refused before
anything is sent.
"""

from limner.cli.operation import OperationCommand

command: OperationCommand = OperationCommand("generate", __doc__)
