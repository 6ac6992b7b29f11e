"""What a provider, a model and an operation take, as data.

A declaration is written once. It drives the check of a request, the choice of a model and its explanation, the
command line's help, the tables of the documentation, JSON Schema for hosts, and the conformance tests.

From the outside in: :class:`ProviderCapabilities`, :class:`ModelCapabilities`, :class:`OperationCapabilities`,
:class:`Parameter`; then the constraints on one value, and the rules between several. Every check answers with
:class:`Reason` values: ``no``, or ``warn``. No reason at all is a yes.
"""

from limner.capabilities.composites import AllOf, Record
from limner.capabilities.constraints import Boolean, Constraint, Length, OneOf, Range, Samples, Text
from limner.capabilities.frozen import FrozenMapping
from limner.capabilities.models import Found, ModelCapabilities, ProviderCapabilities, family
from limner.capabilities.operations import OperationCapabilities, Row
from limner.capabilities.parameters import Encoding, Parameter, ServerDefault, Wire
from limner.capabilities.pictures import Alpha, Count, MaxBytes, MediaTypes, Picture, SamplePicture, Square
from limner.capabilities.reasons import AVAILABLE, Finding, Lifecycle, Reason, Source, refuses
from limner.capabilities.rules import (
    Advises,
    Excludes,
    Forbids,
    MaskFits,
    Needs,
    NeedsInput,
    PerCall,
    Rule,
)
from limner.capabilities.sizes import Sizes
from limner.capabilities.values import Values

__all__ = [
    "AVAILABLE",
    "Advises",
    "AllOf",
    "Alpha",
    "Boolean",
    "Constraint",
    "Count",
    "Encoding",
    "Excludes",
    "Finding",
    "Forbids",
    "Found",
    "FrozenMapping",
    "Length",
    "Lifecycle",
    "MaskFits",
    "MaxBytes",
    "MediaTypes",
    "ModelCapabilities",
    "Needs",
    "NeedsInput",
    "OneOf",
    "OperationCapabilities",
    "Parameter",
    "PerCall",
    "Picture",
    "ProviderCapabilities",
    "Range",
    "Reason",
    "Record",
    "Row",
    "Rule",
    "SamplePicture",
    "Samples",
    "ServerDefault",
    "Sizes",
    "Source",
    "Square",
    "Text",
    "Values",
    "Wire",
    "family",
    "refuses",
]
