// Draws the formulas of the page; each element of class "math" holds its TeX source.
for (const element of document.querySelectorAll(".math")) {
  const source = element.textContent.trim();
  let tex = source, displayMode = true;
  for (const [begin, end, display] of [["$$", "$$", true], ["\\[", "\\]", true], ["\\(", "\\)", false], ["$", "$", false]]) {
    if (source.length > begin.length + end.length && source.startsWith(begin) && source.endsWith(end)) {
      tex = source.slice(begin.length, -end.length);
      displayMode = display;
      break;
    }
  }
  // Without equation numbers, as in JupyterLab.
  tex = tex.replace(/\\(begin|end)\{(align|alignat|equation|gather)\}/g, "\\$1{$2*}");
  try {
    katex.render(tex, element, { displayMode, throwOnError: false, strict: "ignore" });
  } catch {
    element.textContent = source;
  }
}
