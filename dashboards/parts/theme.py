"""The look that all pages share: a few colours with one meaning each, and the style of cards."""

import streamlit as st

MAIN = "#2f78c4"
OTHER = "#97a3af"
"""What is compared with."""
FAINT = "#6f7b87"
"""Letters that are read on either theme."""
GOOD = "#2e9e6b"
WARNING = "#d98a1f"
BAD = "#cf4a5c"
SERIES = (MAIN, "#4fb0a5", WARNING, "#8f7cc3", OTHER, "#7a8b99")
SHADE = "47,120,196"
"""Red, green, blue of MAIN, to be mixed with the background."""

_STYLE = """
<style>
.block-container {padding-top: 4rem; padding-bottom: 3rem; max-width: 1500px}
[class*="st-key-painel"] {background: CARD}
[class*="st-key-painel"] h3 {padding: 0 0 .2rem}
.dw-kpis {display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(
  max(10rem, calc((100% - (var(--columns) - 1) * .75rem) / var(--columns))), 1fr))}
.dw-kpi {border: 1px solid rgba(128,140,153,.28); border-radius: .6rem; padding: .8rem .95rem;
  background: CARD; min-width: 0}
.dw-kpi h3 {font-size: .82rem; font-weight: 500; opacity: .75; margin: 0; padding: 0;
  letter-spacing: 0; line-height: 1.3}
.dw-kpi strong {display: block; font-size: 1.4rem; font-weight: 650; line-height: 1.35;
  white-space: nowrap; font-variant-numeric: tabular-nums; letter-spacing: -.01em}
.dw-kpi p {font-size: .78rem; margin: .1rem 0 0; line-height: 1.4}
.dw-kpi small {opacity: .7; font-size: .74rem; display: inline-block}
[class*="st-key-painel"] .dw-kpi strong {font-size: 1.2rem}
.dw-young strong {opacity: .6}
.dw-good {color: RISE; font-weight: 600} .dw-bad {color: FALL; font-weight: 600}
.dw-flat {opacity: .75; font-weight: 600}
.dw-head {display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: baseline;
  justify-content: space-between; margin-bottom: .2rem}
.dw-head h1 {font-size: 1.6rem; font-weight: 650; padding: 0; margin: 0}
.dw-head p {margin: 0; font-size: .86rem; opacity: .8}
.dw-chips {display: flex; flex-wrap: wrap; gap: .35rem; font-size: .8rem}
.dw-chips span {border: 1px solid rgba(128,140,153,.35); border-radius: 1rem; padding: .1rem .6rem}
.dw-item {display: flex; gap: .8rem; justify-content: space-between; padding: .5rem 0;
  border-bottom: 1px solid rgba(128,140,153,.2); font-size: .9rem; line-height: 1.35}
.dw-item:last-child {border: 0}
.dw-item b {white-space: nowrap; font-variant-numeric: tabular-nums}
.dw-item span {display: flex; align-items: baseline}
.dw-item i {width: .6rem; height: .6rem; border-radius: 50%; margin-right: .55rem; flex: none}
/* Streamlit's own: unescaped against formulas, with decimal points; ours stands below it. */
button[aria-label^="Download as CSV"] {display: none}
@media (max-width: 640px) {
  .dw-kpis {grid-template-columns: 1fr 1fr; gap: .5rem}
  .dw-kpi {padding: .6rem .65rem} .dw-kpi strong {font-size: 1.02rem}
  .block-container {padding-left: .8rem; padding-right: .8rem}
}
</style>
"""
_LIGHT = {"CARD": "#ffffff", "RISE": "#1f7f54", "FALL": "#c03a4d"}
_DARK = {"CARD": "#1a222b", "RISE": "#56c594", "FALL": "#f07f8e"}


def apply() -> None:
    """Bring the style to the page, in the colours of the theme that its reader has."""
    style = _STYLE
    for name, color in (_DARK if st.context.theme.type == "dark" else _LIGHT).items():
        style = style.replace(name, color)
    st.html(style)
