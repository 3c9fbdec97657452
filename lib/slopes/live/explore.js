// Live figures. Python has drawn each one as SVG; this module finds its marks and moves them.
//
// A figure is a state (what the reader has set) and a function `compute(state)` of its kind, which
// returns points for marks and the words below them. Everything else is the same for all kinds:
// handles, sliders, play, links, messages. Names are those of slopes/live/draw.py.

const FAR = 5000;
const FLOOR = 1e-11; // a tenth of FLOOR in paths.py
const SHAPES = {
  dots: 'h0',
  ring: 'm-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0',
  cross: 'm-4 -4l8 8m0 -8l-8 8',
  star: 'm0 -7l1.7 4.7h5l-4 3.1l1.5 4.9l-4.2 -2.9l-4.2 2.9l1.5 -4.9l-4 -3.1h5z',
};

// Numbers --------------------------------------------------------------------------------------

/** Write a number as `draw.number` does. */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return 'not finite';
  const sign = value < 0 ? '−' : '';
  const [mantissa, exponent] = Math.abs(value).toExponential(digits - 1).split('e');
  if (value === 0 || (exponent > -4 && exponent < 4)) {
    return sign + String(Number(Math.abs(value).toPrecision(digits)));
  }
  const power = '10' + [...String(Number(exponent))].map((c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[c] ?? '⁻').join('');
  const short = String(Number(mantissa));
  return sign + (short === '1' ? power : `${short}·${power}`);
}

/** Write a number without a power of ten, for attributes that know none. */
const plain = (value) => (String(value).includes('e') ? value.toFixed(20) : String(value));

/** Write a setting so that it can be typed again, as `draw.typed` does. */
const typed = (value) => {
  const text = Number(value).toPrecision(4);
  const [mantissa, exponent] = text.split('e');
  const small = value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e4);
  if (exponent === undefined && !small) return String(Number(mantissa));
  const [m, e] = Number(value).toExponential(3).split('e');
  return `${Number(m)}e${e[0]}${e.slice(1).padStart(2, '0')}`;
};

const round = (v) => {
  const rounded = Math.round(v * 100) / 100;
  return rounded === 0 ? '0' : String(rounded);
};
const within = (v, low, high) => Math.min(Math.max(v, low), high);

/** A range of numbers along one side of a panel: `place` gives 0 at its low end, 1 at its high. */
class Axis {
  constructor([low, high, scale]) {
    Object.assign(this, { low, high, log: scale === 'log' });
    this.span = this.log ? Math.log10(high / low) : high - low;
  }

  place(v) {
    if (!this.log) return (v - this.low) / this.span;
    return v > 0 ? (Math.log10(v) - Math.log10(this.low)) / this.span : -Infinity;
  }

  value(share) {
    return this.log ? this.low * 10 ** (share * this.span) : this.low + share * this.span;
  }
}

// Drawing --------------------------------------------------------------------------------------

/** A panel's plot: an inner <svg> whose coordinates start at its upper left corner. */
class Panel {
  constructor(plot, { x, y }) {
    this.plot = plot;
    this.x = new Axis(x);
    this.y = new Axis(y);
    this.width = Number(plot.getAttribute('width'));
    this.height = Number(plot.getAttribute('height'));
  }

  across(x) {
    const px = this.x.place(x) * this.width;
    return Number.isNaN(px) ? FAR : within(px, -FAR, FAR);
  }

  down(y) {
    const px = (1 - this.y.place(y)) * this.height;
    return Number.isNaN(px) ? FAR : within(px, -FAR, FAR);
  }

  /** The panel's numbers under a pointer, or null while the panel has no size. */
  under(event) {
    const matrix = this.plot.getScreenCTM();
    if (!matrix || !matrix.a || !matrix.d) return null;
    const box = this.plot.viewportElement.getScreenCTM();
    const px = (event.clientX - box.e) / box.a - Number(this.plot.getAttribute('x'));
    const py = (event.clientY - box.f) / box.d - Number(this.plot.getAttribute('y'));
    return [this.x.value(px / this.width), this.y.value(1 - py / this.height)];
  }

  /** The `d` of a mark. Points are pairs one after the other: x, y, x, y … */
  outline(kind, points, count = points.length / 2) {
    if (!count) return '';
    const at = (i) => `${round(this.across(points[2 * i]))} ${round(this.down(points[2 * i + 1]))}`;
    let d = '';
    if (kind === 'line' || kind === 'area') {
      d = `M${at(0)}`;
      for (let i = 1; i < count; i++) d += `L${at(i)}`;
      return kind === 'area' ? `${d}Z` : d;
    }
    if (kind === 'bars') {
      for (let i = 0; i < count; i++) {
        const px = this.across(points[2 * i]);
        const py = round(this.down(points[2 * i + 1]));
        d += `M${round(px - 6)} ${this.height}V${py}H${round(px + 6)}V${this.height}Z`;
      }
      return d;
    }
    for (let i = 0; i < count; i++) d += `M${at(i)}${SHAPES[kind]}`;
    return d;
  }
}

// Figures --------------------------------------------------------------------------------------

const say = (root, problem) => {
  const note = document.createElement('p');
  note.className = 'broken';
  note.setAttribute('role', 'alert');
  note.textContent = `This figure cannot move: ${problem}`;
  root.querySelector('.broken')?.remove();
  root.append(note);
  root.classList.remove('alive');
};

/** What every kind of figure shares. Listen to 'change' for the state. */
export class Figure extends EventTarget {
  constructor(root) {
    super();
    this.root = root;
    const source = root.querySelector('script[type="application/json"]');
    let spec;
    try {
      spec = JSON.parse(source.textContent);
    } catch (error) {
      throw new Error(`its description is not readable (${error.message}).`);
    }
    if (spec.version !== 1) throw new Error(`it is of version ${spec.version}, this script of 1.`);
    if (!Object.hasOwn(kinds, spec.kind)) {
      throw new Error(
        `'${spec.kind}' is no kind of figure; known are ${Object.keys(kinds).join(', ')}.`,
      );
    }
    this.spec = spec;
    this.first = structuredClone(spec.state);
    this.state = structuredClone(spec.state);
    this.panels = {};
    for (const plot of root.querySelectorAll('svg.plot')) {
      const name = plot.dataset.panel;
      if (!spec.panels[name]) throw new Error(`panel '${name}' has no axes.`);
      this.panels[name] = new Panel(plot, spec.panels[name]);
    }
    this.marks = {};
    for (const element of root.querySelectorAll('[data-mark]')) {
      const [panel, kind] = spec.marks[element.dataset.mark] ?? [];
      if (!this.panels[panel]) throw new Error(`mark '${element.dataset.mark}' has no panel.`);
      this.marks[element.dataset.mark] = { element, kind, panel: this.panels[panel] };
    }
    this.axes = {};
    for (const [name, { kind, low, high, scale }] of Object.entries(spec.controls)) {
      if (kind !== 'range' && kind !== 'play') continue;
      this.axes[name] = new Axis([low, high, scale.startsWith('log') ? 'log' : 'linear']);
      this.axes[name].whole = scale.endsWith('whole') || kind === 'play';
    }
    this.model = kinds[spec.kind](spec.data, this);
    this.connect();
    this.read(root.id && new URLSearchParams(location.search).get(root.id));
    root.figure = this;
    root.classList.add('alive');
    this.draw();
  }

  // From the reader to the state.

  connect() {
    const { root } = this;
    const on = (selector, type, listener) => {
      for (const element of root.querySelectorAll(selector)) {
        element.addEventListener(type, (event) => listener(element, event));
      }
    };
    // What is in a picture is not read aloud one by one; now there is something to take hold of.
    for (const svg of root.querySelectorAll('.panel > svg')) svg.setAttribute('role', 'group');
    for (const grip of root.querySelectorAll('[data-handle]')) this.hold(grip);
    on('input[type=range]', 'input', (input) => {
      const name = input.dataset.control;
      this.set({ [name]: this.axes[name].value(input.value / 1000) });
    });
    on('input[type=range]', 'keydown', (input, event) => {
      // A key moves a slider by a thousandth, which rounds back to the whole number it left.
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      const name = input.dataset.control;
      if (!by || !this.axes[name].whole || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.set({ [name]: this.state[name] + by });
    });
    on('[data-typed]', 'change', (input) => this.type(input));
    on('input[type=checkbox]', 'change', (box) => this.set({ [box.dataset.control]: box.checked }));
    on('select', 'change', (list) => this.set({ [list.dataset.control]: list.value }));
    on('[data-play]', 'click', (button) => this.play(button.dataset.play));
    on('[data-step]', 'click', (button) => {
      this.stop();
      const name = button.dataset.step;
      const next = this.state[name] + 1;
      this.set({ [name]: next > this.axes[name].high ? this.axes[name].low : next });
    });
    on('[data-do=reset]', 'click', () => {
      this.stop();
      this.note('');
      this.set(structuredClone(this.first));
    });
    on('[data-do=link]', 'click', () => this.copy());
  }

  /** Let a handle be dragged, and moved with the arrow keys. */
  hold(grip) {
    const name = grip.dataset.handle;
    const [panelName, moves, label] = this.spec.handles[name] ?? [];
    const panel = this.panels[panelName];
    if (!panel) throw new Error(`handle '${name}' has no panel.`);
    grip.setAttribute('tabindex', '0');
    grip.setAttribute('role', 'slider');
    grip.setAttribute('aria-label', label);
    const range = moves === 'y' ? panel.y : panel.x;
    grip.setAttribute('aria-valuemin', plain(range.low));
    grip.setAttribute('aria-valuemax', plain(range.high));
    const move = (to) => {
      const at = [...this.state[name]];
      if (moves !== 'y') at[0] = within(to[0], panel.x.low, panel.x.high);
      if (moves !== 'x') at[1] = within(to[1], panel.y.low, panel.y.high);
      this.set({ [name]: at });
    };
    let grasp = null; // from the pointer to the handle's middle
    grip.addEventListener('pointerdown', (event) => {
      const under = panel.under(event);
      if (!under || event.button > 0) return;
      grasp = [panel.x.place(this.state[name][0]) - panel.x.place(under[0]),
        panel.y.place(this.state[name][1]) - panel.y.place(under[1])];
      grip.setPointerCapture(event.pointerId);
      grip.focus({ preventScroll: true });
      event.preventDefault();
    });
    grip.addEventListener('pointermove', (event) => {
      const under = grasp && panel.under(event);
      if (!under) return;
      move([panel.x.value(panel.x.place(under[0]) + grasp[0]),
        panel.y.value(panel.y.place(under[1]) + grasp[1])]);
    });
    for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      grip.addEventListener(type, () => { grasp = null; });
    }
    grip.addEventListener('keydown', (event) => {
      const steps = {
        ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1],
      }[event.key];
      if (!steps || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const by = event.shiftKey ? 0.1 : 0.01;
      const [x, y] = this.state[name];
      move([panel.x.value(panel.x.place(x) + by * steps[0]),
        panel.y.value(panel.y.place(y) + by * steps[1])]);
    });
    if (moves === 'xy') {
      // A click on the map brings the only free handle there.
      panel.plot.addEventListener('click', (event) => {
        const under = panel.under(event);
        if (under) move(under);
      });
      panel.plot.classList.add('clickable');
    }
  }

  /** Take a typed value; out of range it becomes the nearest one that is in it. */
  type(input) {
    const name = input.dataset.typed;
    const { low, high, whole } = this.axes[name];
    const value = Number(input.value.replace(',', '.').replace('−', '-'));
    if (input.value.trim() === '' || !Number.isFinite(value)) {
      this.note(`“${input.value.slice(0, 20)}” is not a number: type one between ${typed(low)} and ${typed(high)}.`);
    } else if (value < low || value > high) {
      this.note(`${typed(value)} is outside ${typed(low)} to ${typed(high)}: the nearest is taken.`);
    } else if (whole && value !== Math.round(value)) {
      this.note(`${typed(value)} is not whole: the nearest is taken.`);
    } else {
      this.note('');
    }
    this.set(Number.isFinite(value) && input.value.trim() !== '' ? { [name]: value } : {});
  }

  /** Change the state; values that make no sense are left out, others brought into range. */
  set(changes, quiet = false) {
    for (const [name, value] of Object.entries(changes)) {
      const old = this.first[name];
      if (Array.isArray(old)) {
        if (!Array.isArray(value) || value.length !== old.length) continue;
        if (!value.every(Number.isFinite)) continue;
        const panel = this.panels[this.spec.handles[name]?.[0]];
        this.state[name] = panel
          ? [within(value[0], panel.x.low, panel.x.high), within(value[1], panel.y.low, panel.y.high)]
          : value;
      } else if (this.axes[name]) {
        if (!Number.isFinite(value)) continue;
        const { low, high, whole } = this.axes[name];
        this.state[name] = within(whole ? Math.round(value) : value, low, high);
      } else if (typeof value === typeof old) {
        this.state[name] = value;
      }
    }
    this.redraw();
    if (!quiet) this.dispatchEvent(new Event('change'));
  }

  // From the state to the picture.

  /** Draw before the next frame is shown, once however much has changed. */
  redraw() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.draw();
    });
  }

  draw() {
    let scene;
    try {
      scene = this.model(this.state);
    } catch (error) {
      say(this.root, error.message);
      return;
    }
    this.scene = scene;
    Object.assign(this.state, scene.handles); // where a kind puts them: on a curve, say
    for (const [name, points] of Object.entries(scene.marks)) {
      const mark = this.marks[name];
      if (!mark) continue;
      if (mark.kind === 'text') {
        mark.element.setAttribute('x', round(mark.panel.across(points.at[0])));
        mark.element.setAttribute('y', round(mark.panel.down(points.at[1])));
        mark.element.textContent = points.text;
      } else if (mark.kind === 'raster') {
        if (points !== mark.shown) mark.element.setAttribute('href', points);
        mark.shown = points;
      } else {
        const d = mark.panel.outline(mark.kind, points.points ?? points, points.count);
        if (d !== mark.d) mark.element.setAttribute('d', d);
        mark.d = d;
      }
    }
    this.show();
    // One announcement when the hand rests, not one for each frame.
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const place = this.root.querySelector('.says');
      // What is below stays where it is while the figure plays.
      place.style.minHeight = this.playing ? `${place.offsetHeight}px` : '';
      if (place.textContent !== scene.says) place.textContent = scene.says;
    }, this.scene === undefined ? 0 : 300);
  }

  /** Let handles and controls show the state. */
  show() {
    const { root, state } = this;
    for (const grip of root.querySelectorAll('[data-handle]')) {
      const name = grip.dataset.handle;
      const [panelName, moves] = this.spec.handles[name];
      const panel = this.panels[panelName];
      const [x, y] = state[name];
      grip.setAttribute('transform', `translate(${round(panel.across(x))} ${round(panel.down(y))})`);
      grip.setAttribute('aria-valuenow', plain(moves === 'y' ? y : x));
      const both = moves === 'xy' ? `${number(x)}, ${number(y)}` : number(moves === 'y' ? y : x);
      grip.setAttribute('aria-valuetext', both);
    }
    for (const input of root.querySelectorAll('[data-control]')) {
      const value = state[input.dataset.control];
      if (input.type === 'checkbox') input.checked = value;
      else if (input.type !== 'range') input.value = value;
      else {
        input.value = 1000 * this.axes[input.dataset.control].place(value);
        input.setAttribute('aria-valuetext', number(value));
      }
    }
    for (const input of root.querySelectorAll('[data-typed]')) {
      if (input !== document.activeElement || input.dataset.shown !== typed(state[input.dataset.typed])) {
        input.value = typed(state[input.dataset.typed]);
      }
      input.dataset.shown = typed(state[input.dataset.typed]);
    }
  }

  // Play.

  /** Run through the steps in a few seconds; who wants no motion sees the end at once. */
  play(name) {
    if (this.playing) {
      this.stop();
      return;
    }
    const { low, high } = this.axes[name];
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.set({ [name]: high });
      return;
    }
    const from = this.state[name] >= high ? low : this.state[name];
    const speed = this.pace ?? Math.max(12, (high - low) / 6); // steps a second
    const began = performance.now();
    const button = this.root.querySelector(`[data-play="${name}"]`);
    button.textContent = '❚❚';
    button.setAttribute('aria-label', 'pause');
    const tick = () => {
      const at = from + ((performance.now() - began) / 1000) * speed;
      // Words wait for a hand that rests, so nothing is set until a step is done.
      if (Math.round(Math.min(at, high)) !== this.state[name]) this.set({ [name]: at });
      if (at < high && this.root.isConnected) this.playing = requestAnimationFrame(tick);
      else this.stop();
    };
    this.playing = requestAnimationFrame(tick);
  }

  stop() {
    cancelAnimationFrame(this.playing);
    this.playing = undefined;
    for (const button of this.root.querySelectorAll('[data-play]')) {
      button.textContent = '▶';
      button.setAttribute('aria-label', 'play');
    }
  }

  // Links to a state.

  /** Write what differs from the start: `lr:0.1,start:1_2`. */
  written() {
    return Object.entries(this.state)
      .filter(([name, value]) => String(value) !== String(this.first[name]))
      .map(([name, value]) => `${name}:${Array.isArray(value) ? value.join('_') : value}`)
      .join(',');
  }

  /** Take a state from a link. What cannot be understood is passed over. */
  read(text) {
    const changes = {};
    for (const part of (text ?? '').split(',')) {
      const [name, value] = part.split(':');
      if (!Object.hasOwn(this.first, name) || value === undefined) continue;
      const old = this.first[name];
      if (Array.isArray(old)) changes[name] = value.split('_').map(Number);
      else if (typeof old === 'boolean') changes[name] = value === 'true';
      else changes[name] = typeof old === 'number' ? Number(value) : value;
    }
    this.set(changes, true);
  }

  link() {
    const url = new URL(location.href);
    const state = this.written();
    if (state) url.searchParams.set(this.root.id, state);
    else url.searchParams.delete(this.root.id);
    url.hash = this.root.id;
    return url.href;
  }

  async copy() {
    const link = this.link();
    try {
      await navigator.clipboard.writeText(link);
      this.note('The link to this state is copied.');
    } catch {
      this.note(link);
    }
  }

  /** Say something about what the reader did. */
  note(text) {
    let place = this.root.querySelector('.note');
    if (!place) {
      place = document.createElement('p');
      place.className = 'note';
      place.setAttribute('role', 'status');
      this.root.append(place);
    }
    place.textContent = text;
  }
}

// Kinds ----------------------------------------------------------------------------------------
// `kinds.name(data, figure)` returns `compute(state) => {marks, says}`. It is called for each
// frame, so it keeps its arrays and computes again only what has changed.

export const kinds = {};

/** Return the function that Python wrote. */
const compiled = (source) => {
  try {
    return new Function(`"use strict"; const inf = Infinity; return ${source}`)();
  } catch (error) {
    throw new Error(`its script does not run (${error.message}).`);
  }
};

kinds.paths = (data, figure) => {
  const { y } = figure.panels.heights;
  const { steps, base, goal } = data;
  const runs = data.runs.map((run) => ({
    ...run,
    follow: compiled(run.script),
    points: new Float64Array(2 * (steps + 1)),
    values: new Float64Array(steps + 1),
    line: new Float64Array(2 * (steps + 1)),
    settings: { ...run.settings },
    key: '',
  }));
  const above = base !== null;

  const update = (run, start) => {
    const key = JSON.stringify([start, run.settings]);
    if (key === run.key) return;
    run.key = key;
    const [count, why] = run.follow(run.settings, steps, 0, [...start], run.points, run.values);
    run.count = count;
    run.diverged = why === 2;
    for (let i = 0; i < count; i++) {
      run.line[2 * i] = i;
      run.line[2 * i + 1] = above ? Math.max(run.values[i] - base, FLOOR) : run.values[i];
    }
  };

  return (state) => {
    for (const [control, setting, members] of data.bound) {
      for (const k of members) runs[k].settings[setting] = state[control];
    }
    const step = state.step;
    const marks = { now: [step, y.low, step, y.high] };
    const parts = [];
    runs.forEach((run, k) => {
      const on = state[`on${k}`];
      if (on) update(run, state.start);
      const count = on ? Math.min(step + 1, run.count) : 0;
      const last = count - 1;
      const end = on ? run.points.subarray(2 * last, 2 * last + 2) : [];
      const lost = on && run.diverged && step >= run.count;
      marks[`path${k}`] = { points: run.points, count };
      marks[`dots${k}`] = data.dotted ? { points: run.points, count } : [];
      marks[`head${k}`] = end;
      marks[`lost${k}`] = lost ? end : [];
      marks[`height${k}`] = { points: run.line, count: on ? run.count : 0 };
      if (!on) return;
      if (lost) parts.push(`${run.label} diverged at step ${run.count}`);
      else if (goal !== null) {
        let first = 0;
        while (first < count && !(run.line[2 * first + 1] <= goal)) first++;
        parts.push(`${run.label} ${first < count ? `at step ${first}` : 'not yet'}`);
      } else parts.push(`${run.label} ${number(run.line[2 * last + 1])}`);
    });
    const what = goal !== null ? `reached a height of ${number(goal)}`
      : `height${above ? ' above the minimum' : ''}`;
    const list = parts.length ? parts.join('; ') : 'nothing is switched on';
    return { marks, says: `After ${step} steps, ${what}: ${list}.` };
  };
};

// The kinds below are in alphabetical order. -----------------------------------------------------

kinds.backprop = (data, figure) => {
  const [RADIUS, PARTS, GAP] = [12, 32, 3]; // as in backprop.py
  const { nodes, edges, order, inputs, digits } = data;
  figure.pace = 1; // a sentence each
  const functions = nodes.map(({ script }) => (script ? compiled(script) : null));
  const value = nodes.map((node) => node.value);
  const adjoint = nodes.map(() => 0);
  const local = edges.map(() => 0);
  const fed = nodes.map((_, i) => edges.map((_, e) => e).filter((e) => edges[e].from === i));

  const pass = (state) => {
    let e = 0;
    nodes.forEach(({ key, args }, i) => {
      if (key) value[i] = state[key] ?? value[i];
      else {
        const [found, ...slopes] = functions[i](...args.map((a) => value[a]));
        value[i] = Number(found);
        for (const slope of slopes) local[e++] = Number(slope);
      }
    });
    for (const i of order) {
      adjoint[i] = fed[i].length ? 0 : 1;
      for (const edge of fed[i]) adjoint[i] += adjoint[edges[edge].to] * local[edge];
    }
  };
  const told = (v, many = 3) => {
    if (Number.isNaN(v)) return 'no number';
    return Number.isFinite(v) ? number(v, many) : `${v < 0 ? '−' : ''}infinite`;
  };
  const short = (v, many) => {
    const size = Math.abs(v);
    if (size && !(size >= 1e-3 && size < 1e4)) return told(v, 1);
    if (size < 1e-2) return told(v, 2);
    return told(v, size < 1 ? many : 3);
  };
  const within = (v, parentheses = true) => {
    const text = told(v);
    return parentheses && text.startsWith('−') ? `(${text})` : text;
  };
  const listed = (numbers) => [inputs.map((i) => nodes[i].name), inputs.map((i) => told(numbers[i]))]
    .map((side) => (side.length > 1 ? `(${side.join(', ')})` : side[0])).join(' is ');
  const ring = ([x, y, half]) => Array.from({ length: 2 * (PARTS + 1) }, (_, k) => {
    const angle = (2 * Math.PI * (k >> 1)) / PARTS;
    return k % 2 ? y + (RADIUS + GAP) * Math.sin(angle) : x + (half + GAP) * Math.cos(angle);
  });

  const says = (step) => {
    const out = nodes[order[0]].name;
    if (step === 0) {
      return `Forward, ${listed(value)}, so ${out} = ${told(value[order[0]])}. `
        + "No adjoint is known yet: step 1 is the output's.";
    }
    const i = order[step - 1];
    const { name } = nodes[i];
    let words = `Step ${step} of ${nodes.length}: `;
    if (step === 1) {
      words += `the adjoint of the output ${out} is 1, because ∂${out}/∂${out} = 1.`;
    } else {
      const joined = (write, between) => fed[i]
        .map((e, k) => write(nodes[edges[e].to], e, k)).join(between);
      const rule = joined((c) => `adjoint of ${c.name} × ∂${c.name}/∂${name}`, ' + ');
      const shares = joined((c, e, k) => `${within(adjoint[edges[e].to], k > 0)} × ${
        within(local[e])}`, ' + ');
      const reasons = joined((c) => `${c.name} = ${c.formula}`, ' and ');
      words += `adjoint of ${name} = ${rule} = ${shares} = ${told(adjoint[i])}, because ${reasons}`;
      words += fed[i].length > 1
        ? `: ${name} feeds ${fed[i].length} nodes, and their shares add.` : '.';
    }
    return step === nodes.length ? `${words} The gradient in ${listed(adjoint)}.` : words;
  };

  return (state) => {
    pass(state);
    const { step } = state;
    const current = order[step - 1];
    const marks = { now: step ? ring(nodes[current].at) : [] };
    edges.forEach((edge, e) => {
      marks[`flow${e}`] = edge.from === current ? edge.points : [];
      marks[`local${e}`] = { at: edge.at, text: state.show_local ? short(local[e], digits) : '' };
    });
    nodes.forEach(({ name, at: [x, y] }, i) => {
      const reached = state.show_adjoints && order.indexOf(i) < step;
      const below = state.show_values ? `${name}=${short(value[i], digits)}` : '';
      const above = reached ? short(adjoint[i], digits) : '';
      marks[`value${i}`] = { at: [x, y - RADIUS - 13], text: below };
      marks[`adjoint${i}`] = { at: [x, y + RADIUS + 6], text: above };
    });
    return { marks, says: says(step) };
  };
};

kinds.basins = (data, figure) => {
  const { grid, steps, targets, reach } = data;
  const { map } = figure.panels;
  const follow = compiled(data.script);
  const settings = { ...data.settings };
  const points = new Float64Array(2 * (steps + 1));
  const picture = new Raster(map, grid, data.hues);
  const ends = new Int8Array(grid * grid);
  let shares = figure.root.querySelector('.says').textContent.split(' The one')[0];
  let wanted = JSON.stringify(settings); // which is what Python drew
  let shown = wanted;
  let workers;

  const count = () => {
    const share = (k) => `${Math.round((100 * ends.reduce((n, e) => n + (e === k), 0)) / ends.length)}%`;
    const near = targets.map((at, k) => `${share(k)} ${k ? '' : 'end '}near ${point(at)}`);
    return `Of ${ends.length.toLocaleString('en')} starts ${near.join(', ')}, `
      + `${share(-2)} diverge, ${share(-1)} are still on their way.`;
  };
  const begin = () => new Workers(`const follow = ${data.sweep};\n${sweep}`, (row, found) => {
    ends.set(found, row * grid);
    picture.paint(row, found);
  }, () => {
    shown = wanted;
    shares = count();
    figure.redraw();
  });
  figure.busy = () => shown !== wanted;
  figure.repaint = () => picture.repaint();
  figure.end = () => {
    workers?.end();
    workers = undefined;
    wanted = shown; // what was not finished begins again with the next frame
  };

  return (state) => {
    for (const [control, setting] of data.bound) settings[setting] = state[control];
    const key = JSON.stringify(settings);
    if (key !== wanted) {
      wanted = key;
      workers ??= begin();
      picture.begin();
      workers.start({ settings, grid, steps, targets, reach, x: map.x, y: map.y });
    }
    const x = [...state.start];
    const [found, why] = follow(settings, steps, 1e-3, x, points, null);
    const end = why === 2 ? `diverged after ${found - 1}` : `is at ${point(x)} after ${found - 1}`;
    return {
      marks: { path: { points, count: found }, end: x },
      says: `${shares} The one in the ring ${end} steps.`,
    };
  };
};

/** What a worker does: rows of the map, and between two of them an ear for newer orders. */
const sweep = `
let order = 0;
const { port1, port2 } = new MessageChannel();
const pause = () => new Promise((go) => { // a timer would sleep four milliseconds
  port1.onmessage = go;
  port2.postMessage(0);
});
onmessage = async ({ data: o }) => {
  order = o.order;
  const x = new Float64Array(2 * o.grid);
  const found = new Int8Array(o.grid);
  const why = new Uint8Array(o.grid);
  let since = performance.now();
  for (let row = o.first; row < o.grid; row += o.every) {
    for (let column = 0; column < o.grid; column++) {
      x[2 * column] = o.x.low + (o.x.high - o.x.low) * ((column + 0.5) / o.grid);
      x[2 * column + 1] = o.y.high - (o.y.high - o.y.low) * ((row + 0.5) / o.grid);
    }
    follow(o.settings, o.steps, 1e-3, x, why);
    for (let column = 0; column < o.grid; column++) {
      let nearest = why[column] === 2 ? -2 : -1;
      let least = o.reach;
      for (let k = 0; k < o.targets.length && nearest !== -2; k++) {
        const across = Math.abs(x[2 * column] - o.targets[k][0]);
        const up = Math.abs(x[2 * column + 1] - o.targets[k][1]);
        if (!(across <= least && up <= least)) continue; // without a root
        const away = Math.hypot(across, up);
        if (away <= least) { least = away; nearest = k; }
      }
      found[column] = nearest;
    }
    postMessage({ order: o.order, row, found });
    if (performance.now() - since > 12) {
      await pause();
      if (order !== o.order) return;
      since = performance.now();
    }
  }
  postMessage({ order: o.order });
};`;

/** As many workers as there are cores, at most four, each with every so many-th row. */
class Workers {
  constructor(source, row, done) {
    this.order = 0;
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    const many = within(navigator.hardwareConcurrency || 2, 1, 4);
    this.all = Array.from({ length: many }, () => new Worker(url));
    let left = many;
    for (const worker of this.all) {
      worker.onmessage = ({ data }) => {
        if (data.order !== this.order) return;
        if (data.found) row(data.row, data.found);
        else if (--left === 0) done();
      };
    }
    this.renew = () => { left = many; };
    this.end = () => {
      this.all.forEach((worker) => worker.terminate());
      URL.revokeObjectURL(url);
    };
  }

  start(job) {
    this.order += 1;
    this.renew();
    this.all.forEach((worker, first) => {
      worker.postMessage({ ...job, order: this.order, first, every: this.all.length });
    });
  }
}

/** A canvas behind a panel's plot, in the place of the zones that Python drew. */
class Raster {
  constructor(panel, size, hues) {
    const box = panel.plot.viewportElement;
    const { width, height } = box.viewBox.baseVal;
    this.canvas = document.createElement('canvas');
    this.canvas.width = size;
    this.canvas.height = size;
    const share = (v, of) => `${(100 * v) / of}%`;
    Object.assign(this.canvas.style, {
      left: share(Number(panel.plot.getAttribute('x')), width),
      top: share(Number(panel.plot.getAttribute('y')), height),
      width: share(panel.width, width),
      height: share(panel.height, height),
    });
    box.parentElement.prepend(this.canvas);
    this.drawn = panel.plot.querySelector('.zones');
    this.hues = hues;
    this.size = size;
    this.context = this.canvas.getContext('2d');
    this.image = this.context.createImageData(size, size);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.rows = [];
  }

  /** Take the colours as the page has them now: light or dark. */
  begin() {
    const style = getComputedStyle(this.canvas);
    const paint = (hue) => {
      this.context.fillStyle = style.getPropertyValue(`--${hue}`).trim() || '#888';
      const hex = parseInt(this.context.fillStyle.slice(1), 16);
      return (115 << 24) | ((hex & 255) << 16) | (hex & 0xff00) | (hex >> 16);
    };
    this.table = this.hues.map(paint);
    this.table[-1] = 0;
    this.table[-2] = paint('grey');
  }

  paint(row, found) {
    this.drawn?.remove(); // by Python
    this.drawn = null;
    const from = row * this.size;
    for (let i = 0; i < found.length; i++) this.pixels[from + i] = this.table[found[i]];
    this.context.putImageData(this.image, 0, 0, 0, row, this.size, 1);
    this.rows[row] = found;
  }

  repaint() {
    if (!this.rows.length) return;
    this.begin();
    this.rows.forEach((found, row) => this.paint(row, found));
  }
}

const point = (at) => `(${number(at[0])}, ${number(at[1])})`;

kinds.batch_noise = (data) => {
  const PARTS = 60; // as in batch_noise.py, like TINY
  const TINY = 1e-12;
  const { features, targets, batches, sizes, seed } = data;
  const N = targets.length;
  const gradient = compiled(data.script);
  const off = new Float64Array(2 * N);
  const order = new Uint16Array(batches * N);
  const sums = new Float64Array(2 * batches); // of the current batches
  const distances = new Float64Array(batches);
  const cloud = new Float64Array(2 * batches);
  const predicted = new Float64Array(2 * sizes.length);
  const measured = new Float64Array(2 * sizes.length);
  const ellipse = new Float64Array(2 * (PARTS + 1));
  const places = new Int32Array(N + 1).fill(-1); // of a size among the sizes
  sizes.forEach((size, k) => { places[size] = k; });

  /** Random whole numbers below 2³², the same as in batch_noise.py. */
  const mulberry32 = (start) => {
    let state = start;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return (t ^ (t >>> 14)) >>> 0;
    };
  };
  const shuffle = (draw) => {
    const word = mulberry32((seed + Math.imul(draw, 0x9e3779b1)) | 0);
    for (let from = 0; from < order.length; from += N) {
      for (let k = 0; k < N; k++) order[from + k] = k;
      for (let k = 0; k < N; k++) {
        const other = k + Math.floor((word() / 2 ** 32) * (N - k));
        const kept = order[from + k];
        order[from + k] = order[from + other];
        order[from + other] = kept;
      }
    }
  };

  const full = [0, 0];
  let [sigma2, aa, ab, bb] = [0, 0, 0, 0];
  const example = [0, 0, 0, 0, 0];
  const differentiate = ([x, y]) => {
    full.fill(0);
    for (let i = 0; i < N; i++) {
      example[0] = x;
      example[1] = y;
      example[2] = features[2 * i];
      example[3] = features[2 * i + 1];
      example[4] = targets[i];
      [off[2 * i], off[2 * i + 1]] = gradient(example);
      full[0] += off[2 * i] / N;
      full[1] += off[2 * i + 1] / N;
    }
    [aa, ab, bb] = [0, 0, 0];
    for (let i = 0; i < N; i++) {
      const u = off[2 * i] -= full[0];
      const v = off[2 * i + 1] -= full[1];
      aa += (u * u) / N;
      ab += (u * v) / N;
      bb += (v * v) / N;
    }
    sigma2 = aa + bb;
  };
  /** The spread at every size: a batch holds the first examples of its order. */
  const spread = (batch) => {
    for (let k = 0; k < sizes.length; k++) measured[2 * k + 1] = 0;
    for (let m = 0; m < batches; m++) {
      let [u, v] = [0, 0];
      for (let k = 1; k <= N; k++) {
        const i = 2 * order[m * N + k - 1];
        u += off[i];
        v += off[i + 1];
        let square = (u * u + v * v) / (k * k);
        if (square <= TINY * sigma2) square = 0;
        if (places[k] >= 0) measured[2 * places[k] + 1] += square / batches;
        if (k !== batch) continue;
        sums[2 * m] = u;
        sums[2 * m + 1] = v;
        distances[m] = square;
      }
    }
    sizes.forEach((size, k) => {
      measured[2 * k] = predicted[2 * k] = size;
      predicted[2 * k + 1] = ((sigma2 / size) * (N - size)) / (N - 1);
    });
  };

  let before = '';
  let drawn = 0;
  return (state) => {
    const { theta, batch, rate, draw } = state;
    const key = `${theta} ${batch} ${draw}`;
    if (draw !== drawn) shuffle(draw);
    drawn = draw;
    if (key !== before) {
      differentiate(theta);
      spread(batch);
    }
    before = key;
    const end = [theta[0] - rate * full[0], theta[1] - rate * full[1]];
    let mean = 0;
    for (const d of distances) mean += d / batches;
    let square = 0;
    for (const d of distances) square += (d - mean) ** 2;
    const error = Math.sqrt(square / (batches - 1) / batches);
    const expected = ((sigma2 / batch) * (N - batch)) / (N - 1);
    for (let m = 0; m < 2 * batches; m++) cloud[m] = end[m % 2] - (rate * sums[m]) / batch;
    // The lower triangle that turns a circle into two standard deviations of the cloud.
    const share = expected / (sigma2 || 1);
    const low = Math.sqrt(Math.max(aa * share, 0));
    const slant = low > 0 ? (ab * share) / low : 0;
    const rest = Math.sqrt(Math.max(bb * share - slant ** 2, 0));
    for (let k = 0; k <= PARTS; k++) {
      const angle = (2 * Math.PI * k) / PARTS;
      ellipse[2 * k] = end[0] + 2 * rate * low * Math.cos(angle);
      ellipse[2 * k + 1] = end[1] + 2 * rate * (slant * Math.cos(angle) + rest * Math.sin(angle));
    }
    const shown = (on, points) => (on ? points : []);
    return {
      marks: {
        cloud: shown(state.on_measured, cloud),
        ellipse: shown(state.on_predicted, ellipse),
        step: shown(state.on_full, [...theta, ...end]),
        end: shown(state.on_full, end),
        now: [batch, 1e-300, batch, 1e300],
        predicted: shown(state.on_predicted, predicted),
        measured: shown(state.on_measured, measured),
        here: shown(state.on_measured, [batch, mean]),
      },
      says: `Batches of ${batch} from ${N} examples: variance of the gradient ${number(mean)} ± `
        + `${number(error, 2)} over ${batches} batches, ${number(expected)} predicted. The steps end `
        + `${number(rate * Math.sqrt(mean))} from the full step (root mean square), `
        + `${number(rate * Math.sqrt(expected))} predicted.`,
    };
  };
};

kinds.bias_variance = (data) => {
  const PARTS = 60; // as in bias_variance.py, like UNIT and TINY
  const UNIT = 10000;
  const TINY = 1e-12;
  const { sets, degrees, projection, tail, most } = data;
  const f = compiled(data.target);
  const largest = data.normals.length / sets;
  const scales = Float64Array.from({ length: degrees }, (_, k) => Math.sqrt(2 * k + 1));
  /** Orthonormal Legendre polynomials at u, every `stride` places from `from` on. */
  const features = (u, count, into, from, stride) => {
    let [last, now] = [0, 1];
    for (let k = 0; k < count; k++) {
      into[from + k * stride] = now * scales[k];
      [last, now] = [now, ((2 * k + 1) * u * now - k * last) / (k + 1)];
    }
  };
  const grid = Float64Array.from({ length: PARTS + 1 }, (_, i) => -1 + (2 * i) / PARTS);
  const basis = new Float64Array(degrees * grid.length);
  const truth = new Float64Array(2 * grid.length);
  grid.forEach((u, i) => {
    features(u, degrees, basis, i * degrees, 1);
    truth.set([u, Number(f([u]))], 2 * i);
  });

  // For each data set the coefficients of target and noise in an orthogonal basis of its own,
  // and the triangle that leads from there to the polynomials.
  const places = new Float64Array(largest);
  const first = new Float64Array(2 * largest);
  const q = new Float64Array(largest * degrees);
  const triangles = new Float64Array(sets * degrees * degrees);
  const ofTarget = new Float64Array(sets * degrees);
  const ofNoise = new Float64Array(sets * degrees);
  const target = new Float64Array(largest);
  const factor = (n, m) => {
    triangles.fill(0);
    for (let s = 0; s < sets; s++) {
      for (let i = 0; i < n; i++) {
        places[i] = data.places ? data.places[s * largest + i] / UNIT : (2 * i + 1) / n - 1;
        target[i] = Number(f([places[i]]));
        features(places[i], m, q, i, n);
        if (s === 0) first.set([places[i], target[i]], 2 * i);
      }
      const r = s * degrees * degrees;
      for (let k = 0; k < m; k++) {
        for (let j = 0; j < 2 * k; j++) { // twice, so that rounding leaves nothing
          const at = j % k;
          let dot = 0;
          for (let i = 0; i < n; i++) dot += q[at * n + i] * q[k * n + i];
          for (let i = 0; i < n; i++) q[k * n + i] -= dot * q[at * n + i];
          triangles[r + at * degrees + k] += dot;
        }
        let norm = 0;
        for (let i = 0; i < n; i++) norm += q[k * n + i] ** 2;
        norm = Math.sqrt(norm);
        let [c, e] = [0, 0];
        for (let i = 0; i < n; i++) {
          q[k * n + i] /= norm;
          c += q[k * n + i] * target[i];
          e += q[k * n + i] * data.normals[s * largest + i];
        }
        triangles[r + k * degrees + k] = norm;
        ofTarget[s * degrees + k] = c;
        ofNoise[s * degrees + k] = e / UNIT;
      }
    }
  };
  /** The fits of all data sets: for degree d from `d * sets * degrees` on. */
  const fits = new Float64Array(degrees * sets * degrees);
  const averages = new Float64Array(degrees * degrees);
  const splits = Array.from({ length: degrees }, () => [0, 0, 0]);
  const solve = (sigma, m) => {
    for (let d = 0; d < m; d++) {
      const average = averages.subarray(d * degrees, (d + 1) * degrees).fill(0);
      for (let s = 0; s < sets; s++) {
        const w = (d * sets + s) * degrees;
        for (let k = d; k >= 0; k--) {
          const r = (s * degrees + k) * degrees;
          let left = ofTarget[s * degrees + k] + sigma * ofNoise[s * degrees + k];
          for (let j = k + 1; j <= d; j++) left -= triangles[r + j] * fits[w + j];
          fits[w + k] = left / triangles[r + k];
          average[k] += fits[w + k] / sets;
        }
      }
      let variance = 0;
      let bias = tail[d];
      for (let k = 0; k <= d; k++) {
        for (let s = 0; s < sets; s++) variance += (fits[(d * sets + s) * degrees + k] - average[k]) ** 2;
        bias += (average[k] - projection[k]) ** 2;
      }
      variance /= sets - 1;
      bias -= variance / sets;
      splits[d] = [bias, variance, bias + variance];
    }
  };
  const spread = (values) => {
    const mean = values.reduce((sum, v) => sum + v, 0) / sets;
    return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / sets;
  };
  const [without, shifted, parts] = [0, 1, 2].map(() => new Float64Array(sets));
  const errors = (d) => {
    const w = (s, k) => fits[(d * sets + s) * degrees + k];
    const average = (k) => averages[d * degrees + k];
    let all = 0;
    for (let s = 0; s < sets; s++) {
      without[s] = shifted[s] = parts[s] = 0;
      for (let k = 0; k <= d; k++) {
        without[s] += (w(s, k) - average(k)) ** 2;
        shifted[s] += ((sets * average(k) - w(s, k)) / (sets - 1) - projection[k]) ** 2;
        parts[s] += (w(s, k) - projection[k]) ** 2;
      }
      all += without[s];
    }
    for (let s = 0; s < sets; s++) {
      without[s] = (all - (without[s] * sets) / (sets - 1)) / (sets - 2);
      shifted[s] -= without[s] / (sets - 1);
    }
    let second = 0;
    for (let j = 0; j <= d; j++) {
      for (let k = 0; k <= d; k++) {
        let c = 0;
        for (let s = 0; s < sets; s++) c += (w(s, j) - average(j)) * (w(s, k) - average(k));
        second += (c / (sets - 1)) ** 2;
      }
    }
    second /= sets * sets;
    return [
      Math.sqrt(Math.max((sets - 1) * spread(shifted) - 4 * second, 0) + 2 * second),
      Math.sqrt((sets - 1) * spread(without)),
      Math.sqrt(spread(parts) / (sets - 1)),
    ];
  };
  const amount = (value, error) => {
    const [v, e] = [value, error].map((x) => (Math.abs(x) < TINY ? 0 : x));
    return `${number(v)} ± ${number(e, 2)}`;
  };

  const lines = Array.from({ length: most + 1 }, () => new Float64Array(2 * grid.length));
  const off = new Float64Array(4 * grid.length);
  const draw = (coefficients, from, d, line) => {
    for (let i = 0; i < grid.length; i++) {
      let height = 0;
      for (let k = 0; k <= d; k++) height += coefficients[from + k] * basis[i * degrees + k];
      line[2 * i] = grid[i];
      line[2 * i + 1] = height;
    }
    return line;
  };
  const curves = ['bias', 'variance', 'total'].map(() => new Float64Array(2 * degrees));
  const dots = new Float64Array(2 * largest);
  let before = {};

  return (state) => {
    const { n, sigma, shown } = state;
    const m = Math.min(degrees, n);
    const d = Math.min(state.degree, m - 1);
    if (n !== before.n) factor(n, m);
    if (n !== before.n || sigma !== before.sigma) solve(sigma, m);
    before = { n, sigma };
    const noise = sigma ** 2;
    const average = draw(averages, d * degrees, d, lines[most]);
    off.set(average);
    for (let i = 0; i < grid.length; i++) {
      off[4 * grid.length - 2 * i - 2] = grid[i];
      off[4 * grid.length - 2 * i - 1] = truth[2 * i + 1];
    }
    for (let i = 0; i < n; i++) {
      dots[2 * i] = first[2 * i];
      dots[2 * i + 1] = first[2 * i + 1] + (sigma * data.normals[i]) / UNIT;
    }
    const marks = {
      truth,
      average: state.on_bias ? average : [],
      off: state.on_bias ? off : [],
      data: state.on_noise ? { points: dots, count: n } : [],
      now: [d, -1e9, d, 1e9],
      noise: state.on_noise ? [-1, noise, degrees, noise] : [],
    };
    for (let k = 0; k < most; k++) {
      marks[`fit${k}`] = state.on_variance && k < shown
        ? draw(fits, (d * sets + k) * degrees, d, lines[k]) : [];
    }
    ['bias', 'variance', 'total'].forEach((name, which) => {
      for (let k = 0; k < m; k++) {
        curves[which][2 * k] = k;
        curves[which][2 * k + 1] = splits[k][which] + (which === 2 ? noise : 0);
      }
      const curve = state[`on_${name}`] ? { points: curves[which], count: m } : [];
      marks[name] = marks[`${name}_dots`] = curve;
    });
    const [bias, variance, both] = splits[d];
    const [ofBias, ofVariance, ofTotal] = errors(d);
    const few = d < state.degree ? ` (the most that ${n} points settle)` : '';
    return {
      marks,
      says: `Degree ${d}${few}, ${n} points, σ = ${number(sigma)}, over ${sets} data sets: `
        + `bias² ${amount(bias, ofBias)}, variance ${amount(variance, ofVariance)}, `
        + `noise ${number(noise)}; total ${amount(both + noise, ofTotal)}.`,
    };
  };
};

kinds.chord = (data, figure) => {
  const PARTS = 200; // as in chord.py, like TOL
  const TOL = 1e-9;
  const value = compiled(data.value);
  const slope = data.slope === null ? null : compiled(data.slope);
  const at = [0];
  const call = (g, u) => {
    at[0] = u;
    return Number(g(at));
  };
  const f = (u) => call(value, u);
  const { x: { low, high }, y: upward, width, height: tall } = figure.panels.chord;
  const left = (3.5 * (high - low)) / width;
  const up = (12 * (upward.high - upward.low)) / tall;
  const size = PARTS + 1;
  const graph = new Float64Array(size);
  const places = new Float64Array(size);
  const line = new Float64Array(size);
  const domain = Float64Array.from({ length: size }, (_, i) => low + (i / PARTS) * (high - low));
  const whole = domain.map(f);
  const largest = (values) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const areas = {};
  for (const name of ['over', 'under', 'below', 'above']) areas[name] = new Float64Array(4 * size);

  /** The outline of what lies between a line and the graph. */
  const between = (area, along, curve, pick) => {
    for (let i = 0; i < size; i++) {
      const back = 2 * (2 * size - 1 - i);
      area[2 * i] = area[back] = along[i];
      area[2 * i + 1] = pick(line[i], curve[i]);
      area[back + 1] = curve[i];
    }
    return area;
  };
  /** The intervals where a test holds, their ends found by halving. */
  const zones = (along, holds) => {
    const edge = (inside, outside) => {
      for (let k = 0; k < 40; k++) {
        const middle = (inside + outside) / 2;
        if (holds(middle)) inside = middle;
        else outside = middle;
      }
      return inside;
    };
    return (gap, tol) => {
      const found = [];
      let begin = 0;
      for (let k = 0; k < size; k++) {
        if (!(gap(k) < -tol)) continue;
        if (k === 0 || !(gap(k - 1) < -tol)) begin = k ? edge(along[k], along[k - 1]) : along[0];
        if (k === PARTS || !(gap(k + 1) < -tol)) {
          // Where a tangent touches a dome it is not above; that one point divides nothing.
          const before = found.at(-1)?.[1] ?? -Infinity;
          if (begin - before < (along[PARTS] - along[0]) / 1000) [begin] = found.pop();
          found.push([begin, k < PARTS ? edge(along[k], along[k + 1]) : along[PARTS]]);
        }
      }
      return found;
    };
  };
  const where = (found) => (found.length > 2 ? `in ${found.length} places`
    : `for ${data.letter} ${found.map(([a, b]) => `from ${number(a)} to ${number(b)}`).join(' and ')}`);
  const place = (gap, tol) => (Math.abs(gap) <= tol ? 'meets the graph'
    : `is ${number(Math.abs(gap))} ${gap > 0 ? 'above' : 'below'} the graph`);
  const height = (u) => Number(f(u).toPrecision(8));

  const tangent = (z, marks) => {
    const fz = f(z);
    const rise = call(slope, z);
    if (!Number.isFinite(rise)) {
      Object.assign(marks, { below: [], above: [], tangent: [], worst: [] });
      return `At z = ${number(z)} the graph has no slope, so there is no tangent.`;
    }
    let worst = 0;
    for (let i = 0; i < size; i++) {
      line[i] = fz + rise * (domain[i] - z);
      if (whole[i] - line[i] < whole[worst] - line[worst]) worst = i;
    }
    const tol = TOL * (1 + largest(whole) + Math.abs(rise) * (high - low));
    const found = zones(domain, (u) => f(u) - (fz + rise * (u - z)) < -tol)(
      (k) => whole[k] - line[k], tol);
    marks.below = between(areas.below, domain, whole, Math.min);
    marks.above = between(areas.above, domain, whole, Math.max);
    marks.tangent = [low, line[0], high, line[PARTS]];
    marks.worst = found.length
      ? [domain[worst], whole[worst], domain[worst], line[worst]] : [];
    return `The tangent at z = ${number(z)} is ${found.length
      ? `above the graph ${where(found)}, by up to ${number(line[worst] - whole[worst])}: a witness.`
      : 'nowhere above the graph: no witness either.'}`;
  };

  return ({ x: [x], y: [y], z, t }) => {
    const [p, q] = [Math.min(x, y), Math.max(x, y)];
    const [fx, fy, fp, fq] = [f(x), f(y), f(p), f(q)];
    for (let i = 0; i < size; i++) {
      places[i] = p + (i / PARTS) * (q - p);
      graph[i] = f(places[i]);
      line[i] = fp + (i / PARTS) * (fq - fp);
    }
    const tol = TOL * (1 + largest(graph));
    const middle = t * x + (1 - t) * y;
    const here = f(middle);
    const on = t * fx + (1 - t) * fy;
    const gap = on - here;
    const upright = [middle, here, middle, on];
    const marks = {
      over: between(areas.over, places, graph, Math.max),
      under: between(areas.under, places, graph, Math.min),
      chord: [x, fx, y, fy],
      gap: gap < -tol ? [] : upright,
      broken: gap < -tol ? upright : [],
      point: [middle, on],
    };
    let says = 'x and y are one point: pull them apart to draw a chord.';
    if (p !== q) {
      const found = zones(places, (u) => fp + ((u - p) / (q - p)) * (fq - fp) - f(u) < -tol)(
        (k) => line[k] - graph[k], tol);
      says = `At t = ${number(t)} the chord ${place(gap, tol)}. ${found.length
        ? `It is below the graph ${where(found)}: a witness that f is not convex.`
        : 'It is nowhere below: this chord is no witness against convexity.'}`;
    }
    const handles = { x: [x, height(x)], y: [y, height(y)] };
    if (slope) {
      says += ` ${tangent(z[0], marks)}`;
      handles.z = [z[0], height(z[0])];
    }
    for (const [name, [u, v]] of Object.entries(handles)) {
      marks[`letter_${name}`] = { at: [within(u - left, low + left, high - 3 * left), v + up], text: name };
    }
    return { marks, handles, says };
  };
};

kinds.gradient_check = (data, figure) => {
  const { function: { x: across }, errors: { x: axis, y } } = figure.panels;
  const { steps } = data;
  const f = compiled(data.script);
  const slopes = compiled(data.slopes);
  const pairs = () => Float64Array.from({ length: 2 * steps.length }, (_, i) => steps[i >> 1]);
  const measured = [pairs(), pairs()];
  const expected = [pairs(), pairs()];
  const here = {};

  const errors = (h) => {
    const above = f(here.x + h);
    const below = f(here.x - h);
    const quotients = [(above - here.f) / h, (above - below) / (2 * h)];
    return quotients.map((quotient, k) => {
      const error = Math.abs(quotient - here.slope);
      const begin = k ? [here.x - h, below] : [here.x, here.f];
      return { quotient, error: error >= 0 ? error : Infinity, begin, end: [here.x + h, above] };
    });
  };
  const shown = (error) => Math.max(error, 1e-15); // a tenth of LOWEST in gradient_check.py
  const update = (x) => {
    if (x === here.x) return;
    const [slope, bend, twist] = slopes(x);
    Object.assign(here, { x, f: f(x), slope });
    const rounding = 2 ** -52 * (Math.abs(here.f) + Math.abs(x * slope)) / 2;
    steps.forEach((h, i) => {
      const found = errors(h);
      for (const k of [0, 1]) measured[k][2 * i + 1] = shown(found[k].error);
      expected[0][2 * i + 1] = h * Math.abs(bend) / 2 + rounding / h;
      expected[1][2 * i + 1] = h * h * Math.abs(twist) / 6 + rounding / h;
    });
    here.best = [
      bend ? Math.sqrt(2 * rounding / Math.abs(bend)) : Infinity,
      twist ? Math.cbrt(3 * rounding / Math.abs(twist)) : Infinity,
    ];
  };
  const seen = (best) => best > axis.low && best < axis.high;
  const about = (best) => {
    if (seen(best)) return number(best, 1);
    return best < 1 ? 'as small as can be' : 'as large as can be';
  };

  return (state) => {
    const [[x, foot], [h]] = [state.x, state.h];
    update(x);
    const marks = {
      now: [h, y.low, h, y.high],
      stem: Number.isFinite(here.f) ? [x, foot, x, here.f] : [],
    };
    const off = errors(h).map(({ quotient, error, begin, end }, k) => {
      const on = state[`on${k}`];
      const drawn = on && Number.isFinite(quotient);
      const at = (p) => [p, begin[1] + quotient * (p - begin[0])];
      marks[`secant${k}`] = drawn ? [...at(across.low), ...at(across.high)] : [];
      marks[`ends${k}`] = drawn ? [...begin, ...end] : [];
      marks[`expected${k}`] = on ? expected[k] : [];
      marks[`error${k}`] = on ? measured[k] : [];
      marks[`head${k}`] = on ? [h, shown(error)] : [];
      const best = here.best[k];
      marks[`best${k}`] = on && seen(best) ? [best, y.low, best, y.high] : [];
      return Number.isFinite(error) ? `is off by ${number(error, 2)}` : 'is undefined';
    });
    const says = `At h = ${number(h, 2)} the forward difference ${off[0]} and the central one `
      + `${off[1]}. Here the best h are about ${about(here.best[0])} and ${about(here.best[1])}.`;
    return { marks, says };
  };
};

kinds.level = (data, figure) => {
  // As in level.py, which has the reasons.
  const [PARTS, STRIDE, TURN, MOST, AWAY] = [120, 1.5, 0.4, 1500, 60];
  const [ARROW, HEAD, TOL] = [90, 9, 1e-9];
  const { reach, typical } = data;
  const { map } = figure.panels;
  const unit = (map.x.high - map.x.low) / map.width;
  const first = compiled(data.first);
  const second = compiled(data.second);
  const at = [0, 0];
  const terms = (x, y) => {
    [at[0], at[1]] = [x, y];
    return first(at);
  };
  const beyond = AWAY * unit;
  const near = ([x, y]) => map.x.low - beyond <= x && x <= map.x.high + beyond
    && map.y.low - beyond <= y && y <= map.y.high + beyond;
  const clean = (v, size) => (Math.abs(v) > TOL * size ? v : 0);

  /** Step along the tangent and return to the level by Newton's method, again and again. */
  const walk = (of, height, start, way, into) => {
    let [x, y] = start;
    let [, g, h] = of(x, y);
    let value;
    let size = Math.hypot(g, h);
    let [u, v] = [(-way * h) / size, (way * g) / size];
    let stride = STRIDE;
    for (let count = 0; count < MOST; count++) {
      let [s, t] = [0, 0];
      for (;;) {
        s = x + stride * unit * u;
        t = y + stride * unit * v;
        for (let k = 0; k < 3; k++) {
          [value, g, h] = of(s, t);
          size = g * g + h * h;
          if (!(size > 0)) return false;
          s -= ((value - height) * g) / size;
          t -= ((value - height) * h) / size;
        }
        [, g, h] = of(s, t);
        size = Math.hypot(g, h);
        const cosine = size > 0 ? (way * (g * v - h * u)) / size : -1;
        const gone = Math.hypot(s - x, t - y) / unit;
        if (cosine > Math.cos(TURN) && gone < 1.5 * stride) break;
        stride /= 2;
        if (stride < STRIDE / 256) return false;
      }
      [x, y, u, v] = [s, t, (-way * h) / size, (way * g) / size];
      const away = Math.hypot(x - start[0], y - start[1]) / unit;
      if (count > 2 && away < 0.6 * stride) {
        into.push(...start);
        return true;
      }
      into.push(x, y);
      if (!near([x, y])) return false;
      stride = Math.min(STRIDE, 1.5 * stride);
    }
    return false;
  };
  /** Follow a level set from a point on it, first one way, then the other unless it closes. */
  const levelSet = (of, height, start) => {
    const there = [];
    const back = [];
    if (!walk(of, height, start, 1, there)) walk(of, height, start, -1, back);
    const points = [];
    for (let k = back.length - 2; k >= 0; k -= 2) points.push(back[k], back[k + 1]);
    points.push(...start);
    for (const v of there) points.push(v);
    return points;
  };
  const arrow = ([x, y], u, v, steep) => {
    const length = (HEAD + ((ARROW - HEAD) * steep) / (steep + typical)) * unit;
    const [s, t] = [x + length * u, y + length * v];
    const [back, side] = [HEAD * unit, 0.5 * HEAD * unit];
    return [x, y, s, t, s - back * u - side * v, t - back * v + side * u,
      s, t, s - back * u + side * v, t - back * v - side * u];
  };
  const conic = (small, big) => {
    if (small * big) return small * big > 0 ? 'an ellipse' : 'a hyperbola';
    return small || big ? 'a parabola' : 'the tangent itself';
  };

  const cut = new Float64Array(2 * (PARTS + 1));
  const parabola = new Float64Array(2 * (PARTS + 1));
  let before = '';
  let curves = {};
  return (state) => {
    const { point, angle } = state;
    const [x, y] = point;
    const [value, g, h] = terms(x, y);
    const [a, b, c] = second(point);
    const steep = Math.hypot(g, h);
    const spread = Math.hypot((a - c) / 2, b);
    const curvatures = [(a + c) / 2 - spread, (a + c) / 2 + spread];
    const large = Math.max(...curvatures.map(Math.abs));
    const flat = !(steep * unit > TOL * typical * unit);
    if (String(point) !== before) {
      const model = (s, t) => {
        const [u, v] = [s - x, t - y];
        const [p, q] = [a * u + b * v, b * u + c * v];
        return [g * u + h * v + (u * p + v * q) / 2, g + p, h + q];
      };
      curves = { level: [], tangent: [], model: [], branch: [], centre: [], gradient: [] };
      if (!flat) {
        const far = (2 * (map.x.high - map.x.low)) / steep;
        curves.level = levelSet(terms, value, point);
        curves.model = levelSet(model, 0, point);
        curves.tangent = [x - h * far, y + g * far, x + h * far, y - g * far];
        curves.gradient = arrow(point, g / steep, h / steep, steep);
      }
      const det = a * c - b * b;
      if (Math.abs(det) > TOL * large ** 2) {
        curves.centre = [x - (c * g - b * h) / det, y - (a * h - b * g) / det];
        const other = [2 * curves.centre[0] - x, 2 * curves.centre[1] - y];
        if (det < 0 && !flat && near(other)) curves.branch = levelSet(model, 0, other);
      }
    }
    before = String(point);
    const [e, f] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    const slope = g * e + h * f;
    const bend = a * e * e + 2 * b * e * f + c * f * f;
    for (let k = 0; k <= PARTS; k++) {
      const t = -reach + (2 * reach * k) / PARTS;
      cut[2 * k] = parabola[2 * k] = t;
      [cut[2 * k + 1]] = terms(x + t * e, y + t * f);
      parabola[2 * k + 1] = value + t * slope + (t * t * bend) / 2;
    }
    const shown = (on, points) => (on ? points : []);
    const [small, big] = curvatures.map((v) => clean(v, large));
    let words = 'The gradient is zero here: the point is flat, and no direction is steepest.';
    let kind = 'nothing is left to draw';
    if (!flat) {
      const [across, upward] = [clean(g, steep), clean(h, steep)];
      const way = Math.floor((Math.atan2(upward, across) * 180) / Math.PI + 0.5);
      words = `The gradient (${number(across)}, ${number(upward)}) points ${number(way)}° from the `
        + `first axis, up a slope of ${number(steep)}; along φ = ${number(angle)}° the slope is `
        + `${number(clean(slope, steep))}.`;
      kind = `the model's level set is ${conic(small, big)}`;
    }
    return {
      marks: {
        direction: [x - reach * e, y - reach * f, x + reach * e, y + reach * f],
        ahead: [x + reach * e, y + reach * f],
        level: shown(state.on_surface, curves.level),
        tangent: shown(state.on_plane, curves.tangent),
        gradient: shown(state.on_plane, curves.gradient),
        model: shown(state.on_model, curves.model),
        branch: shown(state.on_model, curves.branch),
        centre: shown(state.on_model, curves.centre),
        cut: shown(state.on_surface, cut),
        line: shown(state.on_plane, [-reach, value - reach * slope, reach, value + reach * slope]),
        parabola: shown(state.on_model, parabola),
        here: [0, value],
        end: shown(state.on_surface, [reach, cut[2 * PARTS + 1]]),
      },
      says: `${words} The Hessian's eigenvalues are ${number(small)} and ${number(big)}: ${kind}.`,
    };
  };
};

kinds.modes = (data, figure) => {
  const { factors: { x, y }, errors } = figure.panels;
  const { steps, heavy, moved } = data;
  const follow = compiled(data.script);
  const settings = { ...data.settings };
  const all = data.eigenvalues.map((lambda) => ({
    lambda,
    points: new Float64Array(steps + 1),
    values: new Float64Array(steps + 1),
    line: new Float64Array(2 * (steps + 1)),
    key: '',
  }));
  const grid = Float64Array.from({ length: 161 }, (_, i) => x.low * (x.high / x.low) ** (i / 160));
  const places = new Float64Array(163);
  const curve = new Float64Array(2 * 163);

  const inside = (lr, alpha, lambda) => {
    const b = 1 + alpha - lr * lambda;
    return b * b - 4 * alpha;
  };
  const factor = (lr, alpha, lambda) => {
    const d = inside(lr, alpha, lambda);
    return d < 0 ? Math.sqrt(alpha) : (Math.abs(1 + alpha - lr * lambda) + Math.sqrt(d)) / 2;
  };
  const best = (low, high) => {
    if (!heavy) return [2 / (high + low), 0, (high - low) / (high + low)];
    const [a, b] = [Math.sqrt(low), Math.sqrt(high)];
    const rate = (b - a) / (b + a);
    return [4 / ((a + b) * (a + b)), rate * rate, rate];
  };
  const manner = (lr, alpha, lambda) => {
    const d = inside(lr, alpha, lambda);
    if (alpha > 0 && Math.abs(d) < 1e-3 * alpha) return 'is critically damped';
    if (d < 0) return 'oscillates';
    return 1 + alpha > lr * lambda ? 'creeps, without oscillating' : 'changes sign at every step';
  };
  const drawn = (lr, alpha) => {
    const root = Math.sqrt(alpha);
    places.set(grid);
    places[161] = lr > 0 ? (1 - root) ** 2 / lr : -1;
    places[162] = lr > 0 ? (1 + root) ** 2 / lr : -1;
    places.sort();
    let count = 0;
    for (const lambda of places) {
      if (lambda < x.low || lambda > x.high) continue;
      curve[2 * count] = lambda;
      curve[2 * count++ + 1] = factor(lr, alpha, lambda);
    }
    return { points: curve, count };
  };
  const update = (mode, lr, alpha) => {
    const key = `${lr} ${alpha} ${mode.lambda}`;
    if (key === mode.key) return;
    mode.key = key;
    // At curvature 1 and rate ηλ the steps are those at curvature λ and rate η.
    settings.lr = lr * mode.lambda;
    if (heavy) settings.momentum = alpha;
    // No tolerance is met: momentum passes where the gradient is zero.
    [mode.count] = follow(settings, steps, NaN, [1], mode.points, mode.values);
    for (let i = 0; i < mode.count; i++) {
      mode.line[2 * i] = i;
      mode.line[2 * i + 1] = Math.max(Math.abs(mode.points[i]), errors.y.low / 10);
    }
  };
  const says = (lr, alpha, kappa) => {
    let worst = 0;
    for (let k = 1; k < all.length; k++) if (all[k].factor > all[worst].factor) worst = k;
    const { factor: slowest, lambda } = all[worst];
    const every = all.length > 1 && all.every((m) => inside(lr, alpha, m.lambda) < 0);
    const word = slowest > 1 ? 'worst' : 'slowest';
    const who = every ? 'Every mode' : `The ${word} mode, λ = ${number(lambda)},`;
    let what;
    if (slowest > 1) what = `grows ${number(slowest)}-fold at each step: it diverges`;
    else if (slowest === 1) what = 'keeps all of its error: it never arrives';
    else if (slowest === 0) what = 'arrives at the first step';
    else {
      what = `keeps ${number(slowest)} of its error at each step and ${manner(lr, alpha, lambda)}: `
        + `${number(-Math.LN10 / Math.log(slowest))} steps for a factor of ten`;
    }
    const [rate, momentum, kept] = all.best;
    const choice = `η = ${number(rate)}${heavy ? ` and α = ${number(momentum)}` : ''}`;
    return `${who} ${what}. Best for κ = ${number(kappa)}: ${choice}, which keeps ${number(kept)}.`;
  };

  return (state) => {
    const { lr, momentum: alpha = 0 } = state;
    [all[moved].lambda] = state.lambda;
    const lambdas = all.map((m) => m.lambda);
    const [low, high] = [Math.min(...lambdas), Math.max(...lambdas)];
    all.best = best(low, high);
    const marks = { best: [x.low, all.best[2], x.high, all.best[2]], curve: drawn(lr, alpha) };
    all.forEach((mode, k) => {
      mode.factor = factor(lr, alpha, mode.lambda);
      update(mode, lr, alpha);
      marks[`factor${k}`] = [mode.lambda, Math.min(mode.factor, y.high)];
      marks[`mode${k}`] = { points: mode.line, count: mode.count };
    });
    marks.stem = [lambdas[moved], 0, lambdas[moved], marks[`factor${moved}`][1]];
    return { marks, says: says(lr, alpha, high / low) };
  };
};

kinds.moments = (data, figure) => {
  const { memory, step: steps } = figure.panels;
  const { lines, means, noises } = data;
  const count = means.length;
  const settings = { ...data.settings };
  const feed = compiled(data.script);
  const uncorrected = data.plain && compiled(data.plain);
  const array = () => new Float64Array(count);
  const pairs = () => Float64Array.from({ length: 2 * count }, (_, i) => i / 2 + 1);
  const g = array();
  const out = [array(), ...lines.map(array)];
  const others = [array()];
  const curves = { gradient: pairs(), step: pairs(), other: pairs(), lines: lines.map(pairs) };
  let key = '';

  const differences = (from, unit, to) => {
    for (let i = 0; i < count; i++) to[2 * i + 1] = (from[i] - (i ? from[i - 1] : 0)) / unit;
  };
  const update = (state) => {
    for (const name of Object.keys(settings)) settings[name] = state[name] ?? data.settings[name];
    const now = JSON.stringify([settings, state.noise]);
    if (now === key) return;
    key = now;
    const unit = settings.lr || 1;
    for (let i = 0; i < count; i++) {
      g[i] = means[i] + state.noise * noises[i];
      curves.gradient[2 * i + 1] = g[i];
    }
    feed(settings, g, count, out);
    differences(out[0], unit, curves.step);
    lines.forEach(([, panel, root], k) => {
      const [from, to] = [out[k + 1], curves.lines[k]];
      for (let i = 0; i < count; i++) {
        if (panel === 'step') to[2 * i + 1] = from[i] / unit;
        else to[2 * i + 1] = root ? Math.sqrt(from[i]) : from[i];
      }
    });
    if (!uncorrected) return;
    uncorrected(settings, g, count, others);
    differences(others[0], unit, curves.other);
  };

  return (state) => {
    update(state);
    const { at } = state;
    const last = 2 * at - 1;
    const marks = {
      now0: [at, memory.y.low, at, memory.y.high],
      now1: [at, steps.y.low, at, steps.y.high],
      gradient: state.show_g ? curves.gradient : [],
      step: state.show_step ? curves.step : [],
      other: state.show_other ? curves.other : [],
      head: state.show_step ? [at, curves.step[last]] : [],
    };
    const parts = [`g = ${number(g[at - 1])}`];
    lines.forEach(([label], k) => {
      marks[`line${k}`] = state[`show${k}`] ? curves.lines[k] : [];
      parts.push(`${label} = ${number(curves.lines[k][last])}`);
    });
    const without = uncorrected ? ` (uncorrected ${number(curves.other[last])} η)` : '';
    const says = `At step ${at}: ${parts.join(', ')}; the step Δθ is `
      + `${number(curves.step[last])} η${without}. `
      + `In all ${at} steps θ has moved by ${number(out[0][at - 1] / (settings.lr || 1))} η.`;
    return { marks, says };
  };
};

kinds.schedules = (data, figure) => {
  const { factors: left, sums: right } = figure.panels;
  const { steps } = data;
  const pairs = () => Float64Array.from({ length: 2 * steps }, (_, i) => i / 2 + 1);
  const runs = data.runs.map((run) => ({
    label: run.label,
    factor: compiled(run.script),
    settings: { ...run.settings },
    factors: pairs(),
    sums: pairs(),
    key: '',
  }));

  const update = (run) => {
    const key = JSON.stringify(run.settings);
    if (key === run.key) return;
    run.key = key;
    let sum = 0;
    for (let i = 0; i < steps; i++) {
      run.factors[2 * i + 1] = run.factor(i + 1, run.settings);
      run.sums[2 * i + 1] = sum += run.factors[2 * i + 1];
    }
  };

  return (state) => {
    for (const [control, members] of data.bound) {
      for (const [k, setting] of members) runs[k].settings[setting] = state[control];
    }
    const { at } = state;
    const marks = {
      now0: [at, left.y.low, at, left.y.high],
      now1: [at, right.y.low, at, right.y.high],
    };
    const [now, means] = [[], []];
    runs.forEach((run, k) => {
      const on = state[`on${k}`];
      if (on) update(run);
      const i = 2 * at - 1;
      marks[`factor${k}`] = on ? run.factors : [];
      marks[`sum${k}`] = on ? run.sums : [];
      marks[`factorhead${k}`] = on ? [at, run.factors[i]] : [];
      marks[`sumhead${k}`] = on ? [at, run.sums[i]] : [];
      if (!on) return;
      now.push(`${run.label} ${number(run.factors[i])}`);
      means.push(`${run.label} ${number(run.sums[2 * steps - 1] / steps)}`);
    });
    const list = (parts) => (parts.length ? parts.join('; ') : 'nothing is switched on');
    const says = `At step ${at}, the share of the rate: ${list(now)}. `
      + `The mean of all ${steps} steps: ${list(means)}.`;
    return { marks, says };
  };
};

// Where figures live ------------------------------------------------------------------------------

/** Bring an element to life, or say in its place why that cannot be. */
export function enliven(root) {
  if (root.figure) return root.figure;
  try {
    return new Figure(root);
  } catch (error) {
    say(root, error.message);
    return null;
  }
}

/** On a page: alive when it comes near. One observer serves all. */
const near = typeof IntersectionObserver === 'undefined' ? null : new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      enliven(entry.target);
    }
  },
  { rootMargin: '300px' },
);

if (typeof customElements !== 'undefined' && !customElements.get('slopes-figure')) {
  customElements.define('slopes-figure', class extends HTMLElement {
    connectedCallback() {
      if (this.figure) this.figure.redraw(); // notebooks take cells out of the page and back
      else if (near) near.observe(this);
      else enliven(this);
    }

    disconnectedCallback() {
      near?.unobserve(this);
      this.figure?.stop();
      this.figure?.end?.();
    }
  });
  // What is painted, not drawn, follows the page from light to dark. Notebooks mark their body.
  const themes = new MutationObserver(() => {
    for (const root of document.querySelectorAll('slopes-figure')) root.figure?.repaint?.();
  });
  for (const marked of [document.documentElement, document.body]) {
    if (marked) themes.observe(marked, { attributes: true });
  }
}

/** In Jupyter, VS Code and Colab, through anywidget: `state` follows, in both directions. */
export default {
  render({ model, el }) {
    el.innerHTML = model.get('html');
    const root = el.querySelector('slopes-figure');
    root.removeAttribute('id'); // it may be shown twice, and a notebook's address is not its own
    root.querySelector('[data-do=link]').remove();
    // Here an arrow moves the handle, and a letter inserts no cell above it.
    for (const element of root.querySelectorAll('[data-handle], input, select, button')) {
      element.dataset.lmSuppressShortcuts = '';
    }
    // VS Code and Colab hear what comes to the window: their commands, not the figure's keys.
    root.addEventListener('keydown', (event) => {
      const command = event.ctrlKey || event.metaKey || event.altKey || event.key === 'Escape';
      if (!command) event.stopPropagation();
    });
    const figure = enliven(root);
    if (!figure) return undefined;
    let sending;
    const send = () => {
      sending = undefined;
      if (JSON.stringify(model.get('state')) === JSON.stringify(figure.state)) return;
      model.set('state', structuredClone(figure.state));
      model.save_changes();
    };
    figure.addEventListener('change', () => { sending ??= setTimeout(send, 100); });
    const follow = () => figure.set(model.get('state'));
    model.on('change:state', follow);
    follow();
    return () => {
      clearTimeout(sending);
      model.off('change:state', follow);
      figure.stop();
      figure.end?.();
    };
  },
};
