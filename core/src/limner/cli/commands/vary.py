"""Paint pictures like another picture.

    limner vary -i cat.png -m openai/dall-e-2 --allow retired --sandbox -n 3

What is not set is not sent, and what a model does not take is refused before
anything is sent.
"""

from limner.cli.operation import OperationCommand

command: OperationCommand = OperationCommand("vary", __doc__, streams=False, rank=2)
