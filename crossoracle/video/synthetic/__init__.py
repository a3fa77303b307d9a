"""The generated benchmark: videos of three kinds in which it is known what matters.

`generate` writes them. `regime` declares where evidence lies, `script` what happens in one video, `painting`
turns that into pictures.
"""

from crossoracle.video.synthetic.generating import TRUTH, Benchmark, generate
from crossoracle.video.synthetic.regime import REGIMES, Regime, regime

__all__ = ["REGIMES", "TRUTH", "Benchmark", "Regime", "generate", "regime"]
