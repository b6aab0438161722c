"""The schema's types: plain dataclasses, made from the store's records; resolvers at the edges.

The enums come first: an enum that a type meets before it is described would be made twice.
"""

from service.api.types import enums as enums
from service.api.types import money_enums as money_enums
