"""Request parameters: form-encoded in, typed out, checked against the SDK's own TypedDicts.

Every key is one of three: unknown to the SDK (refused as Stripe does), implemented (read and
typed), or known to the SDK but without meaning here. The third kind is refused as well: a
parameter that is quietly ignored is a test that quietly lies.
"""

import re
import types
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ForwardRef, Literal, NotRequired, Required, Union, get_args, get_origin
from urllib.parse import parse_qsl

from stripe import RequestOptions, StripeContext
from typing_extensions import get_type_hints

from service.sandbox.errors import JSON, InvalidRequest

Pairs = list[tuple[str, str]]
MAX_PAIRS = 2_000
#: An error names all the values that were possible, up to this many.
LISTED_CHOICES = 40
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
#: TypedDict keys of the SDK that are call options and never reach the wire.
_OPTIONS = frozenset(RequestOptions.__annotations__)


def decode(body: bytes) -> Pairs:
    """Split a form body or query string into its pairs.

    Raises:
        InvalidRequest: it is not UTF-8, or has too many pairs.
    """
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PAIRS
        )
    except (UnicodeDecodeError, ValueError):
        raise InvalidRequest("The request's parameters are not valid form encoding.") from None


def nest(pairs: Pairs) -> JSON:
    """Turn `a[b][0][c]=v` pairs into dicts of dicts; a list is a dict of its indexes.

    Raises:
        InvalidRequest: a key cannot be parsed, or is both a value and a container.
    """
    root: JSON = {}
    for key, value in pairs:
        match = _KEY.fullmatch(key)
        if match is None:
            raise InvalidRequest(f"Invalid parameter name: {key}", param=key)
        *steps, last = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        node = root
        for step in steps:
            node = node.setdefault(step, {})
            if not isinstance(node, dict) or step == "":
                raise InvalidRequest(f"Invalid parameter name: {key}", param=key)
        leaf = last or str(len(node))
        if leaf in node:
            raise InvalidRequest(f"Parameter given twice: {key}", param=key)
        node[leaf] = value
    return root


class Shape:
    """One type of parameter."""

    def read(self, value: Any, path: str) -> Any:
        """Return the typed value.

        Raises:
            InvalidRequest: the value does not fit; the error names `path`.
        """
        raise NotImplementedError


class Text(Shape):
    """Any string but the empty one, which Stripe takes for an attempt to unset."""

    def read(self, value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise InvalidRequest(f"Invalid string: {path}", param=path)
        if value == "":
            raise InvalidRequest(
                f"You passed an empty string for '{path}'. We assume empty values are an attempt "
                f"to unset a parameter; however '{path}' cannot be unset.",
                code="parameter_invalid_empty",
                param=path,
            )
        return value


class Integer(Shape):
    """A whole number of at most 18 digits."""

    def read(self, value: Any, path: str) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
            code = "parameter_invalid_integer"
            raise InvalidRequest(f"Invalid integer: {value}", code=code, param=path)
        return int(value)


class Boolean(Shape):
    """true or false."""

    def read(self, value: Any, path: str) -> bool:
        if value not in ("true", "false"):
            raise InvalidRequest(f"Invalid boolean: {value}", param=path)
        return bool(value == "true")


class Choice(Shape):
    """One of the SDK's literals; the SDK's `| str` is for values of later versions."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = tuple(values)

    def read(self, value: Any, path: str) -> str:
        if value not in self._values:
            few = len(self._values) <= LISTED_CHOICES
            wanted = ", ".join(self._values) if few else "the documented values"
            raise InvalidRequest(f"Invalid {path}: must be one of {wanted}", param=path)
        return str(value)


class Array(Shape):
    """A list, written with indexes or empty brackets."""

    def __init__(self, item: Shape) -> None:
        self.inner = item

    def read(self, value: Any, path: str) -> list[Any]:
        if not isinstance(value, dict) or not all(index.isdecimal() for index in value):
            raise InvalidRequest(f"Invalid array: {path}", param=path)
        indexes = sorted(value, key=int)
        return [self.inner.read(value[index], f"{path}[{index}]") for index in indexes]


class Metadata(Shape):
    """Up to 50 strings by name; an empty value unsets a name, an empty whole unsets all."""

    def read(self, value: Any, path: str) -> JSON:
        if value == "":
            return {"": ""}
        if not isinstance(value, dict):
            raise InvalidRequest(f"Invalid object: {path}", param=path)
        if len(value) > METADATA_KEYS:
            raise InvalidRequest(f"Metadata can have at most {METADATA_KEYS} keys.", param=path)
        for key, text in value.items():
            where = f"{path}[{key}]"
            if not isinstance(text, str):
                raise InvalidRequest(f"Metadata values must be strings: {where}", param=where)
            if len(key) > METADATA_KEY_LENGTH:
                message = f"Metadata keys can be at most {METADATA_KEY_LENGTH} characters: {key}"
                raise InvalidRequest(message, param=where)
            if len(text) > METADATA_VALUE_LENGTH:
                message = f"Metadata values can be at most {METADATA_VALUE_LENGTH} characters."
                raise InvalidRequest(message, param=where)
        return value


def merge_metadata(current: Mapping[str, str], given: Mapping[str, str] | None) -> dict[str, str]:
    """Return metadata after a request: names given replace, empty values unset, {"": ""} clears."""
    if given is None:
        return dict(current)
    if given == {"": ""}:
        return {}
    return {key: text for key, text in {**current, **given}.items() if text != ""}


class Either(Shape):
    """A container or a plain value, like created[gte] and created."""

    def __init__(self, container: Shape, plain: Shape) -> None:
        self.inner = container
        self._plain = plain

    def read(self, value: Any, path: str) -> Any:
        return (self.inner if isinstance(value, dict) else self._plain).read(value, path)


class Unset(Shape):
    """A value that may also be emptied; empty reads as None."""

    def __init__(self, shape: Shape) -> None:
        self.inner = shape

    def read(self, value: Any, path: str) -> Any:
        return None if value == "" else self.inner.read(value, path)


class Unsupported(Shape):
    """Known to the SDK, without meaning here."""

    def read(self, value: Any, path: str) -> Any:
        raise InvalidRequest(
            f"The sandbox does not implement '{path}'. Ignoring it could change what is charged, "
            "so the request is refused.",
            code="parameter_unsupported",
            param=path,
        )


class Struct(Shape):
    """Named parameters, some required."""

    def __init__(self, fields: Mapping[str, Shape], required: frozenset[str]) -> None:
        self.fields = fields
        self.required = required

    def read(self, value: Any, path: str = "") -> JSON:
        if not isinstance(value, dict):
            raise InvalidRequest(f"Invalid object: {path}", param=path)
        read: JSON = {}
        for name, given in value.items():
            where = f"{path}[{name}]" if path else name
            shape = self.fields.get(name)
            if shape is None:
                message = f"Received unknown parameter: {where}"
                raise InvalidRequest(message, code="parameter_unknown", param=where)
            read[name] = shape.read(given, where)
        for name in self.required - read.keys():
            raise missing(f"{path}[{name}]" if path else name)
        return read


def missing(param: str) -> InvalidRequest:
    """Return Stripe's error for a required parameter that was not sent."""
    message = f"Missing required param: {param}."
    return InvalidRequest(message, code="parameter_missing", param=param)


def compile_params(typed_dict: Any, supported: str) -> Struct:
    """Build the reader of one operation's parameters from the SDK's TypedDict.

    `supported` lists the implemented parameters as dotted paths, separated by white space; a
    path covers what is below it. List indexes are left out: `line_items.quantity`.
    """
    return _struct(typed_dict, frozenset(supported.split()), "")


#: The dotted paths that are implemented; None is all of them.
Supported = frozenset[str] | None


def _struct(typed_dict: Any, supported: Supported, prefix: str) -> Struct:
    # Names that RequestOptions, the base of all params, uses without the deriving module knowing.
    names = {"Mapping": Mapping, "StripeContext": StripeContext}
    hints = get_type_hints(typed_dict, localns=names, include_extras=True)
    fields: dict[str, Shape] = {}
    for name, hint in hints.items():
        if name not in _OPTIONS:
            wrapped: Any = get_origin(hint)
            bare = get_args(hint)[0] if wrapped in (NotRequired, Required) else hint
            fields[name] = _field(bare, supported, prefix + name)
    return Struct(fields, frozenset(typed_dict.__required_keys__))


def _field(hint: Any, supported: Supported, path: str) -> Shape:
    if supported is None or path in supported:
        return _shape(hint, None, path + ".")
    if any(entry.startswith(path + ".") for entry in supported):
        return _shape(hint, supported, path + ".")
    return Unsupported()


def _shape(hint: Any, supported: Supported, prefix: str) -> Shape:
    """Return the reader of one annotation of the SDK's params."""
    plain: dict[Any, type[Shape]] = {str: Text, int: Integer, bool: Boolean, Decimal: Text}
    if hint in plain:
        return plain[hint]()
    origin = get_origin(hint)
    if origin is Literal:
        return Choice(get_args(hint))
    if origin is list:
        return Array(_shape(get_args(hint)[0], supported, prefix))
    if origin is dict:
        return Metadata()
    if origin in (Union, types.UnionType):
        return _union(get_args(hint), supported, prefix)
    if isinstance(hint, ForwardRef) or not hasattr(hint, "__required_keys__"):
        raise TypeError(f"the SDK annotates a parameter in a way not known here: {hint!r}")
    return _struct(hint, supported, prefix)


def _union(arms: tuple[Any, ...], supported: Supported, prefix: str) -> Shape:
    """Read a union as the SDK uses them: open enums, unsettable values, container or plain."""
    if any(get_origin(arm) is dict for arm in arms):
        return Metadata()
    literals = [value for arm in arms if get_origin(arm) is Literal for value in get_args(arm)]
    others = [arm for arm in arms if get_origin(arm) is not Literal]
    if literals == [""]:
        return Unset(_union(tuple(others), supported, prefix))
    if literals:
        return Choice(literals)
    shapes = [_shape(arm, supported, prefix) for arm in others]
    containers = [shape for shape in shapes if isinstance(shape, Struct | Array)]
    plains = [shape for shape in shapes if shape not in containers]
    if containers and plains:
        return Either(containers[0], plains[0])
    return shapes[0]
