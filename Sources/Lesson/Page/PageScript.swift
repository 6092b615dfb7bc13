/// What makes a lesson's page step. Plain JavaScript in three parts, run as one function.
enum PageScript {
    static var all: String { "(function(){\n\"use strict\";\n" + player + panels + controls + "})();" }

    /// The state, the numbers and the graph.
    static let player = #"""
        const data = JSON.parse(document.getElementById("data").textContent);
        const nodes = data.nodes, walks = data.walks, views = data.views, homes = data.homes;
        const $ = (id) => document.getElementById(id);
        let decimals = data.decimals, walk = 0, position = 0, view = 0, chosen = data.result, element = 0;

        // Numbers: rounded as everywhere in the lesson, exact for who asks.
        const number = (v) => typeof v === "string" ? Number(v) : v;
        const whole = (v) => v !== null && typeof v === "object" ? v : { shape: [], elements: [v] };
        const withoutZeros = (t) => t.includes(".") ? t.replace(/\.?0+$/, "") : t;
        function round(v) {
          const x = number(v), m = Math.abs(x), sign = x < 0 ? "−" : "";
          if (Number.isNaN(x)) return "NaN";
          if (m === Infinity) return sign + "∞";
          if (m === 0) return "0";
          const fixed = m < 1e15 ? m.toFixed(decimals) : "";
          if (/[1-9]/.test(fixed)) return sign + withoutZeros(fixed);
          const parts = m.toExponential(Math.max(decimals - 1, 1)).split("e");
          const power = Number(parts[1]);
          return sign + withoutZeros(parts[0]) + "e" + (power < 0 ? "−" + -power : power);
        }
        const size = (n) => n.shape.reduce((a, b) => a * b, 1);
        const short = (v) => { const n = whole(v); return n.shape.length ? "[" + n.shape.join("×") + "]" : round(n.elements[0]); };

        function make(tag, kind, content) {
          const made = document.createElement(tag);
          if (kind) made.className = kind;
          if (content !== undefined) made.textContent = content;
          return made;
        }
        function numberSpan(v) {
          const span = make("span", "num", round(v));
          span.title = "exactly " + String(number(v)).replace("-", "−");
          return span;
        }
        // Words and numbers, as elements: nothing from the program is ever read as HTML.
        function phrase(pieces, into) {
          for (const piece of pieces) {
            if (typeof piece === "string") into.append(piece);
            else into.append(numberSpan(typeof piece === "object" ? piece.number : piece));
          }
          return into;
        }

        // What is known after so many steps.
        let computedAt = new Map(), history = new Map();
        function study() {
          computedAt = new Map(); history = new Map();
          walks[walk].steps.forEach((step, index) => {
            if (step.kind === "compute") computedAt.set(step.node, index);
            if (step.after !== undefined) {
              if (!history.has(step.node)) history.set(step.node, []);
              history.get(step.node).push([index, step.after]);
            }
          });
        }
        const isComputed = (n, at) => !computedAt.has(n) || computedAt.get(n) < at;
        function gradientAt(n, at) {
          let found;
          for (const [index, value] of history.get(n) || []) { if (index < at) found = value; else break; }
          return found;
        }
        const steps = () => walks[walk].steps;
        const current = () => position > 0 ? steps()[position - 1] : undefined;

        // The graph: drawn beforehand, here only lit.
        const drawn = new Map();
        function svgOf(index) {
          if (!drawn.has(index)) {
            const svg = $("view-" + index).content.querySelector("svg"), boxes = new Map();
            svg.querySelectorAll(".box[data-node]").forEach((box) => {
              if (!box.classList.contains("port") && !box.classList.contains("constant")) boxes.set(Number(box.dataset.node), {
                box, value: box.querySelector(".value"), gradient: box.querySelector(".gradient") });
            });
            const state = { svg, boxes, lit: [], scale: 1, w: svg.viewBox.baseVal.width, h: svg.viewBox.baseVal.height };
            drawn.set(index, state);
          }
          return drawn.get(index);
        }
        function fillGraph(state, at) {
          for (const [n, parts] of state.boxes) {
            const known = isComputed(n, at), g = gradientAt(n, at);
            const value = known ? short(nodes[n].value) : "?";
            const reached = g !== undefined;
            // At the end "not reached" is said; before, it is only not there yet.
            const gradient = reached ? short(g) : at >= steps().length ? "not reached" : "·";
            if (parts.value.textContent !== value) parts.value.textContent = value;
            if (parts.gradient.textContent !== gradient) parts.gradient.textContent = gradient;
            parts.gradient.classList.toggle("none", !reached);
            parts.box.classList.toggle("future", !known);
          }
        }
        function light(state, index, at) {
          for (const [item, kind] of state.lit) item.classList.remove(kind);
          state.lit = [];
          const mark = (item, kind) => { if (item) { item.classList.add(kind); state.lit.push([item, kind]); } };
          const box = (n) => { const b = views[index].boxes[n]; return b === undefined ? null : state.svg.querySelector("#b" + index + "-" + b); };
          const edge = (a, b) => { const x = views[index].boxes[a], y = views[index].boxes[b]; return x === undefined || y === undefined ? null : state.svg.querySelector("#e" + index + "-" + x + "-" + y); };
          const step = at > 0 ? steps()[at - 1] : undefined;
          if (step && step.kind === "compute") {
            mark(box(step.node), "made");
            for (const input of nodes[step.node].inputs) mark(edge(input, step.node), "forward");
          } else if (step) {
            mark(box(step.node), "to");
            for (const from of step.from) { mark(box(from), "from"); mark(edge(step.node, from), "active"); }
          }
          if (chosen !== null && chosen !== undefined) mark(box(chosen), "chosen");
          return state.lit.filter(([, kind]) => kind === "to" || kind === "made" || kind === "from").map(([item]) => item);
        }
        function showGraph(scrolls) {
          const state = svgOf(view), holder = $("graph");
          if (holder.firstElementChild !== state.svg) {
            holder.replaceChildren(state.svg);
            const room = holder.clientWidth - 24;
            zoom(state, fitting(state, room));
          }
          fillGraph(state, position);
          const lit = light(state, view, position);
          if (lit.length && scrolls) {
            const all = lit.map((item) => item.getBoundingClientRect()), b = holder.getBoundingClientRect();
            const side = (name, pick) => pick(...all.map((r) => r[name]));
            const [left, right, top, bottom] = [side("left", Math.min), side("right", Math.max), side("top", Math.min), side("bottom", Math.max)];
            // Both ends if they fit, else the one that changes.
            const fits = right - left < b.width - 20, first = all[0];
            const [l, r] = fits ? [left, right] : [first.left, first.right];
            if (l < b.left + 8 || r > b.right - 8) holder.scrollLeft += (l + r) / 2 - (b.left + b.right) / 2;
            if (top < b.top + 8 || bottom > b.bottom - 8) holder.scrollTop += (first.top + first.bottom) / 2 - (b.top + b.bottom) / 2;
          }
          crumbs();
        }
        // As large as fits; never too small to read, and then one scrolls.
        const fitting = (state, room) => Math.min(1.15, Math.max(room < 600 ? 0.85 : 0.7, room / state.w));
        function zoom(state, scale) {
          state.scale = scale;
          state.svg.setAttribute("width", state.w * scale);
          state.svg.setAttribute("height", state.h * scale);
        }
        function crumbs() {
          const path = [];
          for (let v = view; v !== undefined && v !== null; v = views[v].parent) path.unshift(v);
          const holder = $("crumbs");
          holder.replaceChildren();
          if (views.length < 2) return;
          path.forEach((v, index) => {
            if (index) holder.append("›");
            if (v === view) { holder.append(make("strong", "", views[v].title)); return; }
            const button = make("button", "", views[v].title);
            button.onclick = () => { view = v; showGraph(false); };
            holder.append(button);
          });
        }

        """#
}
