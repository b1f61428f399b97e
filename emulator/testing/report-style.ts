/** How the report looks, in light and in dark surroundings. The displays are dark in both, as the real one is. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#22262b, #e4e7ea);
  --quiet: light-dark(#5c6670, #9aa5b0);
  --paper: light-dark(#f5f3ef, #15181b);
  --card: light-dark(#ffffff, #1e2327);
  --line: light-dark(#dcd8d0, #333a40);
  --ochre: light-dark(#9a5b00, #e5a84b);
  --changed: light-dark(#fdf0d9, #3a2e18);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 1240px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 32px; }
h1 { margin: 0 0 4px; font-size: 28px; line-height: 1.2; }
header p { margin: 0 0 16px; color: var(--quiet); }
code { font: 0.9em ui-monospace, monospace; }
a { color: var(--ochre); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 8px; padding: 0; list-style: none; }
section { margin: 20px 0; padding: 20px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
h2 { margin: 0; font-size: 20px; }
.where { display: flex; flex-wrap: wrap; gap: 0 16px; margin: 0 0 16px; color: var(--quiet); font-size: 14px; overflow-wrap: anywhere; }
.three { display: grid; grid-template-columns: repeat(3, 1fr); gap: 20px; }
figure { margin: 0; min-width: 0; }
figcaption { margin-bottom: 6px; font-weight: 600; }
figcaption small { margin-left: 6px; color: var(--quiet); font-weight: 400; }
figcaption i { display: inline-block; width: 10px; height: 10px; margin: 0 4px 0 8px; border-radius: 2px; }
i.gone { background: #ff8f3f; }
i.new { background: #38c6ff; }
svg { display: block; width: 100%; background: #0a0d10; border-radius: 8px; }
path.lit { fill: #dff1ff; }
path.same { fill: #46525e; }
path.gone { fill: #ff8f3f; }
path.new { fill: #38c6ff; }
path.masked { fill: #2a2340; }
rect { fill: none; stroke: #ffd23f; stroke-width: 0.5; }
.none { display: grid; place-items: center; margin: 0; aspect-ratio: 134 / 70; border: 1px dashed var(--line); border-radius: 8px; color: var(--quiet); }
table { width: 100%; margin-top: 16px; border-collapse: collapse; font-size: 14px; }
th { color: var(--quiet); font-weight: 500; text-align: left; }
thead th:first-child { width: 56px; }
th, td { padding: 4px 10px; border-top: 1px solid var(--line); }
thead th { border: 0; }
td { width: 50%; font-family: ui-monospace, monospace; white-space: pre-wrap; }
.changed { background: var(--changed); }
.empty { color: var(--quiet); font-style: italic; }
@media (max-width: 800px) { .three { grid-template-columns: 1fr; } }
`;
