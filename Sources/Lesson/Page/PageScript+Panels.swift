extension PageScript {
    /// The card of the step, and that of the chosen node.
    static let panels = #"""
        const exact = (v) => { const n = whole(v); return n.shape.length ? null : number(n.elements[0]); };

        function showStep() {
          const card = $("step"), step = current();
          card.replaceChildren();
          card.className = "card " + (step ? step.kind : "start");
          if (!step) {
            card.append(make("span", "direction", "at the start"), make("h2", "", "Inputs are known, nothing else"),
              make("p", "words", "Step forwards to compute each result in turn. Then the walk back begins: one message along one edge at a time, upstream × local = contribution."));
            return;
          }
          const words = walks[walk].words[position - 1];
          card.append(make("span", "direction", step.kind === "compute" ? "forwards" : "backwards"), make("h2", "", words.headline));
          card.append(equation(words, true));
          if (words.effect.length) card.append(phrase(words.effect, make("p", "effect")));
          const outcome = step.kind === "compute" ? nodes[step.node].value : step.contribution;
          if (outcome !== undefined && whole(outcome).shape.length) {
            if (step.kind === "compute") card.append(tables(outcome, "computed"));
            else {
              card.append(tables(outcome, "contribution"));
              if (step.before !== undefined) card.append(tables(step.before, "gradient before"));
              if (step.after !== undefined && step.before !== undefined) card.append(tables(step.after, "gradient after"));
            }
          }
          const from = step.kind === "message" && step.from.length ? nodes[step.from[0]] : null;
          if (from && from.rule) {
            const rule = make("div", "rule");
            derivative(from.rule, step.input, rule);
            card.append(rule, make("p", "words", from.rule.words));
          } else if (words.words) card.append(make("p", "words", words.words));
          if (step.kind === "compute" && nodes[step.node].line) card.append(make("p", "small", "made by " + nodes[step.node].line));
          if (position === steps().length) card.append(ending());
        }
        // In symbols, and with the numbers in it where they say more.
        function derivative(rule, input, into, known = true) {
          const line = make("span"), numbers = phrase(rule.numbers[input], make("span"));
          line.append(rule.symbols[input]);
          // What is not computed yet is not told yet.
          if (!known && !rule.named[input]) into.append(line);
          else if (rule.named[input]) into.append(line, make("br"), rule.named[input], make("br"), numbers);
          else if (rule.symbols[input].endsWith(" = " + numbers.textContent)) into.append(line);
          else into.append(line, " = ", numbers);
        }
        function equation(words, withOutcome) {
          const line = phrase(words.question, make("p", "equation"));
          line.append(" ");
          line.append(withOutcome ? phrase(words.outcome, make("span", "outcome")) : make("span", "outcome", "?"));
          return line;
        }
        // What came out: of a wrong walk beside what is right.
        function ending() {
          const part = make("div");
          if (walks[walk].outcomes.length) {
            part.append(make("h3", "", "what comes of it"));
            const table = make("table", "checks"), head = make("tr");
            ["", "this walk", "right"].forEach((t) => head.append(make("th", "", t)));
            table.append(head);
            for (const o of walks[walk].outcomes) {
              const row = make("tr");
              row.append(make("th", "", nodes[o.node].label));
              for (const v of [o.found, o.right]) row.append(v === undefined || v === null ? make("td", "", "not reached") : cell(v));
              table.append(row);
            }
            part.append(table);
          } else {
            const missed = nodes.filter((n) => n.wantsGradient && n.gradient === undefined).map((n) => n.label);
            part.append(make("p", "small", missed.length ? "Not reached (which is not the same as 0): " + missed.join(", ") + "." : "Every node has its gradient."));
          }
          return part;
        }
        function cell(v) {
          const td = make("td");
          const n = whole(v);
          if (n.shape.length && size(n) > 12) td.textContent = short(v);
          else n.elements.forEach((x, i) => { if (i) td.append(", "); td.append(numberSpan(x)); });
          return td;
        }

        // Tensors as tables of their last two axes.
        const most = { rows: 16, columns: 16, planes: 4 };
        function tables(v, title, options) {
          const n = whole(v), holder = make("div", "tables"), rank = n.shape.length;
          const columns = rank ? n.shape[rank - 1] : 1, rows = rank > 1 ? n.shape[rank - 2] : 1;
          const planes = Math.max(1, size(n) / Math.max(1, rows * columns));
          for (let p = 0; p < Math.min(planes, most.planes); p++) {
            const table = make("table", "grid");
            let where = "", rest = p;
            for (let axis = rank - 3; axis >= 0; axis--) { where = (rest % n.shape[axis]) + ", " + where; rest = Math.floor(rest / n.shape[axis]); }
            table.append(make("caption", "", (title ? title + " " : "") + (rank ? "[" + n.shape.join("×") + "]" : "") + (where ? " at " + where + "…" : "")));
            for (let r = 0; r < Math.min(rows, most.rows); r++) {
              const row = make("tr");
              for (let c = 0; c < Math.min(columns, most.columns); c++) {
                const index = (p * rows + r) * columns + c;
                if (index >= n.elements.length) break;
                const td = make("td", "", round(n.elements[index]));
                td.title = "exactly " + number(n.elements[index]);
                td.dataset.index = index;
                if (options) options(td, index);
                row.append(td);
              }
              if (columns > most.columns) row.append(make("td", "small", "…"));
              table.append(row);
            }
            holder.append(table);
          }
          const seen = Math.min(planes, most.planes) * Math.min(rows, most.rows) * Math.min(columns, most.columns);
          if (seen < size(n)) holder.append(make("p", "small", "the first of " + size(n).toLocaleString("en") + " numbers" + (n.range ? ", from " + round(n.range[0]) + " to " + round(n.range[1]) : "")));
          return holder;
        }

        function showNode() {
          const card = $("node");
          card.replaceChildren();
          if (chosen === null || chosen === undefined) { card.append(make("p", "words", "Choose a node of the graph.")); return; }
          const node = nodes[chosen], g = gradientAt(chosen, position), known = isComputed(chosen, position);
          card.append(make("span", "direction", node.kind === "operation" ? node.operation : node.kind));
          card.append(make("h2", "", node.name !== undefined && node.formula ? node.name + " = " + node.formula : node.label));
          const list = make("dl");
          const row = (name, content, kind) => { const dd = make("dd", kind); dd.append(content); list.append(make("dt", "", name), dd); };
          const n = whole(node.value), isTensor = n.shape.length > 0;
          if (isTensor) row("shape", n.shape.join("×"));
          row("value", known ? isTensor ? "below" : numberSpan(n.elements[0]) : "not computed yet", known ? "v" : "none");
          if (!node.wantsGradient) row("gradient", "wants none", "none");
          else if (g === undefined) row("gradient", position >= steps().length ? "not reached" : "nothing has reached it yet", "none");
          else row("gradient", isTensor ? "below" : numberSpan(whole(g).elements[0]), "g");
          if (node.scope.length) row("scope", node.scope.join(" / "));
          if (node.line) row("made by", node.line);
          card.append(list);
          if (isTensor && known) { card.append(make("h3", "", "value"), valueTables(node)); if (g !== undefined) card.append(make("h3", "", "gradient"), tables(g, "")); }
          if (node.rule) {
            card.append(make("h3", "", "rule"));
            node.rule.symbols.forEach((_, i) => {
              if (!nodes[node.inputs[i]].wantsGradient) return;
              const rule = make("div", "rule");
              derivative(node.rule, i, rule, known);
              card.append(rule);
            });
            card.append(make("p", "words", node.rule.words));
          }
          checkTable(node, card);
          if (node.inputs.length) {
            card.append(make("h3", "", "computed from"));
            const links = make("div", "links");
            [...new Set(node.inputs)].forEach((i) => { const b = make("button", "", nodes[i].label); b.onclick = () => choose(i); links.append(b); });
            card.append(links);
          }
        }
        function checkTable(node, card) {
          if (!node.wantsGradient || node.gradient === undefined || walk > 0) return;
          card.append(make("h3", "", "numeric beside analytic"));
          if (!node.checks.length) { card.append(make("p", "small", "Not checked here: " + data.summary)); return; }
          if (position < steps().length) { card.append(make("p", "small", "Shown when the walk back is done.")); return; }
          const table = make("table", "checks"), head = make("tr");
          ["", "backprop", "(f(v+h) − f(v−h)) / 2h", "h", ""].forEach((t) => head.append(make("th", "", t)));
          table.append(head);
          for (const check of node.checks) {
            const row = make("tr"), shape = whole(node.value).shape;
            row.append(make("th", "", check.element === undefined ? "all, each by ±h" : shape.length ? "[" + indexOf(check.element, shape).join(", ") + "]" : ""));
            for (const v of [check.analytic, check.numeric]) { const td = make("td"); td.append(numberSpan(v)); row.append(td); }
            const h = make("td"); h.append(Number(check.step).toExponential(0).replace("-", "−")); row.append(h);
            row.append(check.agrees === undefined ? make("td", "small", "kink") : make("td", check.agrees ? "ok" : "off", check.agrees ? "✓ agree" : "✗ differ"));
            row.title = "f(v−h) = " + check.results[0] + ", f(v+h) = " + check.results[1];
            table.append(row);
          }
          const holder = make("div", "tables");
          holder.append(table);
          card.append(holder, make("p", "small", "What follows the node is computed again with the node at v ± h. That replays the recorded operations, not the program's ifs."));
        }
        function indexOf(place, shape) {
          const index = [];
          for (let axis = shape.length - 1; axis >= 0; axis--) { index.unshift(place % shape[axis]); place = Math.floor(place / shape[axis]); }
          return index;
        }

        // Choose an element, and what it was computed from lights up.
        function valueTables(node) {
          const part = make("div"), found = node.contributions, n = whole(node.value);
          const usable = found && element < found.elements.length;
          part.append(tables(node.value, "", found ? (td, index) => {
            td.tabIndex = index === element ? 0 : -1;
            td.setAttribute("role", "button");
            if (index === element) td.classList.add("pick");
            const pick = (i) => { element = i; showNode(); const next = document.querySelector("#node td.pick"); if (next) next.focus(); };
            td.onclick = () => pick(index);
            td.onkeydown = (event) => {
              const columns = n.shape[n.shape.length - 1];
              const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Enter: 0, " ": 0 }[event.key];
              if (by === undefined) return;
              event.stopPropagation(); event.preventDefault();
              if (index + by >= 0 && index + by < n.elements.length) pick(index + by);
            };
          } : undefined));
          if (!found) return part;
          if (!usable) { part.append(make("p", "small", "For this element what it was computed from is not kept: the tensor is large.")); return part; }
          const from = found.elements[element];
          part.append(make("p", "small", "Element [" + indexOf(element, n.shape).join(", ") + "] was computed from what is lit; choose another one."));
          if (found.isSumOfProducts) part.append(products(node, from));
          node.inputs.forEach((input, i) => {
            const lit = new Set(from[i]), v = nodes[input].value;
            if (!whole(v).shape.length || node.inputs.indexOf(input) < i) return;
            part.append(tables(v, nodes[input].label, (td, index) => { if (lit.has(index)) td.classList.add("lit"); }));
          });
          return part;
        }
        function products(node, from) {
          const line = make("p", "sum"), a = whole(nodes[node.inputs[0]].value), b = whole(nodes[node.inputs[1]].value);
          const bracketed = (v) => { const x = number(v); line.append(x < 0 ? "(" : "", numberSpan(v), x < 0 ? ")" : ""); };
          from[0].slice(0, 32).forEach((place, k) => {
            if (place >= a.elements.length || from[1][k] >= b.elements.length) return;
            if (k) line.append(" + ");
            bracketed(a.elements[place]); line.append("·"); bracketed(b.elements[from[1][k]]);
          });
          if (from[0].length > 32) line.append(" + … (" + from[0].length + " products)");
          if (from[2]) { line.append(" + "); bracketed(whole(nodes[node.inputs[2]].value).elements[from[2][0]]); }
          line.append(" = ", numberSpan(whole(node.value).elements[element]));
          return line;
        }

        """#
}
