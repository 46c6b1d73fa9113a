from __future__ import annotations
from dataclasses import dataclass
import yaml
from archcalc.core.problem import *
@dataclass(frozen=True, eq=False)
class Scalar:
    value: object
    location: Location
    text: str = ""
@dataclass(frozen=True, eq=False)
class Sequence:
    items: tuple
    location: Location
@dataclass(frozen=True, eq=False)
class Mapping:
    entries: tuple
    location: Location
    def get(self,k):
        return next((v for a,v in self.entries if a.value==k),None)
    @property
    def keys(self): return tuple(a.value for a,_ in self.entries)
Node = Scalar|Sequence|Mapping
def read_text(path, shown):
    import pathlib; t=pathlib.Path(path).read_text(); return Source(shown,tuple(t.splitlines())), t
def parse(text,name):
    src=Source(name,tuple(text.splitlines()))
    def conv(n):
        loc=Location(src,n.start_mark.line+1,n.start_mark.column+1)
        if isinstance(n,yaml.ScalarNode):
            v=yaml.safe_load(n.value) if n.style is None else n.value
            if not isinstance(v,(int,float,bool,str,type(None))): v=n.value
            return Scalar(v,loc,n.value)
        if isinstance(n,yaml.SequenceNode): return Sequence(tuple(map(conv,n.value)),loc)
        return Mapping(tuple((conv(a),conv(b)) for a,b in n.value),loc)
    return conv(yaml.compose(text))
def describe(n): return str(plain(n))
def plain(n):
    if isinstance(n,Scalar): return n.value
    if isinstance(n,Sequence): return [plain(i) for i in n.items]
    return {a.value:plain(b) for a,b in n.entries}
