import sys,glob,numpy as np
from mp2flame.io.sources import open_source
from mp2flame.base.errors import Mp2FlameError
J=.5+.4*np.sin(np.arange(90)/9)
for f in sorted(glob.glob('*.csv')+glob.glob('*.tsv')) if len(sys.argv)<2 else sys.argv[1:]:
    try:
        s=open_source(f); fr=list(s)
        t=np.array([x.timestamp_ms for x in fr])/1000; v=np.array([(x.arkit_weights if x.arkit_weights is not None else x.blendshapes)[25] for x in fr])
        k='arkit' if fr[0].arkit_weights is not None else 'mp'
        print(f"{f:14s} {len(t)} span {t[-1]-t[0]:7.3f} jaw {np.abs(v-J[:len(v)]).max():.4f} {k} | {s.stats.notes[:2]}"[:210])
    except Mp2FlameError as e: print(f"{f:14s} ERR {e}"[:240])
