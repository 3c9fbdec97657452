// Typesets formulas for maths.py: one JSON line in (tex, display, macros), one JSON line out (html or error).
// Undefined commands are errors here, not red text: "noundefined" is left out.
const readline = require('node:readline');

require('mathjax').init({
  loader: {load: ['input/tex', 'output/svg', 'a11y/assistive-mml']},
  tex: {
    packages: {'[-]': ['noundefined']},
    tags: 'none', // Sphinx numbers the equations
    macros: JSON.parse(process.argv[2] || '{}'),
    formatError: (jax, error) => { throw error; },
  },
  svg: {fontCache: 'none'},
}).then(async (MathJax) => {
  for await (const line of readline.createInterface({input: process.stdin})) {
    const {tex, display} = JSON.parse(line);
    let answer;
    try {
      const node = await MathJax.tex2svgPromise(tex, {display});
      answer = {html: MathJax.startup.adaptor.outerHTML(node)};
    } catch (error) {
      answer = {error: error.message};
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
});
