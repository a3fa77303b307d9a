"""The generated benchmark: videos of three kinds in which it is known what matters.

`generate` writes them. `regime` declares where evidence lies, `script` what happens in one video, `painting`
turns that into pictures, `captions` into words.
"""

from crossoracle.video.synthetic.captions import subtexts
from crossoracle.video.synthetic.generating import TRUTH, Benchmark, captioned, generate
from crossoracle.video.synthetic.regime import REGIMES, Regime, regime

__all__ = ["REGIMES", "TRUTH", "Benchmark", "Regime", "captioned", "generate", "regime", "subtexts"]
