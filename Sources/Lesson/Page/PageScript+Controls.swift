extension PageScript {
    /// Buttons, keys, the quiz, the address and the strip for paper.
    static let controls = #"""
        let question = false, score = [0, 0];

        function show(scrolls) {
          showGraph(scrolls);
          showStep();
          showNode();
          const total = steps().length, forward = steps().findIndex((s) => s.kind !== "compute");
          const split = forward < 0 ? total : forward;
          $("slider").max = total;
          $("slider").value = position;
          $("slider").setAttribute("aria-valuetext", "step " + position + " of " + total);
          $("where").textContent = position === 0 ? "start · " + total + " steps"
            : position <= split ? "step " + position + " of " + total + " · forwards " + position + "/" + split
            : "step " + position + " of " + total + " · backwards " + (position - split) + "/" + (total - split);
          $("back").disabled = $("first").disabled = position === 0;
          $("next").disabled = $("last").disabled = position === total;
          const hash = "#step=" + position + (walk ? "&walk=" + walk : "");
          if (location.hash !== hash) window.history.replaceState(null, "", hash);
        }
        function go(to) {
          question = false;
          const moved = Math.max(0, Math.min(steps().length, to));
          position = moved;
          const step = current();
          if (step) {
            if (chosen !== step.node) element = 0;
            chosen = step.node;
            view = homes[step.kind === "compute" || !step.from.length ? step.node : step.from[0]];
          }
          show(true);
        }
        function next() {
          if (position >= steps().length) return;
          if ($("predict").checked && !question) return ask();
          if (question) return answer();
          go(position + 1);
        }
        function choose(n) {
          if (chosen !== n) element = 0;
          chosen = n;
          show(false);
        }

        // The quiz: the next number is asked for before it is shown.
        let asked = { element: 0, right: 0 };
        function ask() {
          const step = steps()[position], words = walks[walk].words[position], card = $("step");
          const outcome = whole(step.kind === "compute" ? nodes[step.node].value : step.contribution);
          if (!outcome.elements.length) return go(position + 1);
          // Of a tensor its largest number, where there is most to be seen.
          let place = 0;
          outcome.elements.forEach((x, i) => { if (Math.abs(number(x)) > Math.abs(number(outcome.elements[place]))) place = i; });
          asked = { element: place, right: number(outcome.elements[place]) };
          question = true;
          view = homes[step.kind === "compute" || !step.from.length ? step.node : step.from[0]];
          showGraph(false);
          card.replaceChildren();
          card.className = "card " + step.kind;
          const where = outcome.shape.length ? " Its element [" + indexOf(place, outcome.shape).join(", ") + "]?" : "";
          card.append(make("span", "direction", "what comes next?"), make("h2", "", words.headline), equation(words, false));
          const form = make("form", "quiz"), field = make("input"), check = make("button", "", "Check"), reveal = make("button", "", "Show me");
          field.type = "text"; field.inputMode = "text"; field.autocomplete = "off"; field.id = "answer";
          field.setAttribute("aria-label", "Your prediction." + where);
          reveal.type = "button";
          reveal.onclick = () => finish(null);
          form.onsubmit = (event) => { event.preventDefault(); answer(); };
          form.append(field, check, reveal);
          if (where) card.append(make("p", "small", where));
          card.append(form, make("p", "small", "Right to two digits will do."));
          field.focus();
        }
        function answer() {
          const text = $("answer").value.trim().replace("−", "-").replace(",", ".");
          const given = Number(text);
          if (text === "" || Number.isNaN(given)) { $("answer").setAttribute("aria-invalid", "true"); $("answer").focus(); return; }
          finish(Math.abs(given - asked.right) <= 0.01 * Math.abs(asked.right) + 0.005 || given === asked.right);
        }
        function finish(right) {
          question = false;
          if (right !== null) { score[1] += 1; if (right) score[0] += 1; }
          go(position + 1);
          const verdict = make("p", "verdict " + (right ? "ok" : "off"), right === null ? "" : right ? "✓ Right." : "✗ Not quite.");
          if (score[1]) verdict.append(make("span", "small", " " + score[0] + " of " + score[1] + " so far"));
          $("step").insertBefore(verdict, $("step").children[1]);
          $("next").focus();
        }

        // The strip: every step on a card, for paper and for readers who want it all at once.
        let stripWalk = -1;
        function strip() {
          if (stripWalk === walk) return;
          stripWalk = walk;
          const list = $("strip"), all = steps(), state = svgOf(0), withPictures = nodes.length <= 30 && views.length === 1 && all.length <= 80;
          list.replaceChildren();
          all.slice(0, 2000).forEach((step, index) => {
            const item = make("li", step.kind), words = walks[walk].words[index];
            if (withPictures) {
              fillGraph(state, index + 1);
              light(state, 0, index + 1);
              const copy = state.svg.cloneNode(true);
              copy.removeAttribute("width"); copy.removeAttribute("height");
              copy.querySelectorAll("[id]").forEach((x) => x.removeAttribute("id"));
              copy.querySelectorAll("[tabindex]").forEach((x) => x.removeAttribute("tabindex"));
              copy.setAttribute("aria-hidden", "true");
              item.append(copy);
            }
            item.append(make("span", "direction", (index + 1) + " · " + (step.kind === "compute" ? "forwards" : "backwards")), make("div", "", words.headline), equation(words, true));
            if (words.effect.length) item.append(phrase(words.effect, make("div", "effect")));
            list.append(item);
          });
          if (all.length > 2000) list.append(make("li", "small", "The first 2,000 of " + all.length + " steps."));
          showGraph(false);
        }

        $("first").onclick = () => go(0);
        $("back").onclick = () => go(position - 1);
        $("next").onclick = next;
        $("last").onclick = () => go(steps().length);
        $("slider").oninput = (event) => go(Number(event.target.value));
        $("decimals").onchange = (event) => { decimals = Number(event.target.value); stripWalk = -1; if ($("all").open) strip(); show(false); };
        $("predict").onchange = () => { question = false; score = [0, 0]; show(false); };
        $("walk").onchange = (event) => { walk = Number(event.target.value); study(); explain(); position = Math.min(position, steps().length); stripWalk = -1; if ($("all").open) strip(); go(position); };
        $("all").ontoggle = () => { if ($("all").open) strip(); };
        $("graph").onclick = (event) => press(event.target.closest(".box"));
        function press(box) {
          if (!box) return;
          if (box.dataset.view !== undefined) { view = Number(box.dataset.view); showGraph(false); }
          else if (box.classList.contains("port")) { view = homes[Number(box.dataset.node)]; choose(Number(box.dataset.node)); }
          else choose(Number(box.dataset.node));
        }
        document.addEventListener("keydown", (event) => {
          const tag = event.target.tagName;
          if (event.ctrlKey || event.metaKey || event.altKey || tag === "SELECT" || (tag === "INPUT" && event.target.type !== "checkbox")) return;
          if ((event.key === "Enter" || event.key === " ") && event.target.closest && event.target.closest(".box")) { event.preventDefault(); return press(event.target.closest(".box")); }
          const keys = { ArrowRight: next, ArrowLeft: () => go(position - 1), Home: () => go(0), End: () => go(steps().length) };
          if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
        });
        window.addEventListener("beforeprint", () => { $("all").open = true; strip(); });
        window.addEventListener("hashchange", () => { if (/step=/.test(location.hash)) { read(); show(true); } });
        window.addEventListener("resize", () => { const state = svgOf(view); zoom(state, fitting(state, $("graph").clientWidth - 24)); });

        function explain() {
          $("explanation").textContent = walks[walk].explanation;
          $("explanation").classList.toggle("hidden", !walks[walk].explanation);
          $("walk").value = walk;
        }
        function read() {
          const found = /step=(\d+)/.exec(location.hash), other = /walk=(\d+)/.exec(location.hash);
          const wanted = other ? Number(other[1]) : 0;
          walk = wanted < walks.length ? wanted : 0;
          study();
          explain();
          position = Math.min(found ? Number(found[1]) : 0, steps().length);
          const step = current();
          if (step) { chosen = step.node; view = homes[step.kind === "compute" || !step.from.length ? step.node : step.from[0]]; }
        }
        walks.forEach((w, i) => { const o = make("option", "", w.name); o.value = i; $("walk").append(o); });
        $("walk").parentElement.classList.toggle("hidden", walks.length < 2);
        if (![2, 4, 6].includes(decimals)) { const o = make("option", "", String(decimals)); o.value = decimals; $("decimals").append(o); }
        $("decimals").value = decimals;
        read();
        show(true);
        // How long it took, for who measures.
        document.documentElement.dataset.ready = Math.round(performance.now());

        """#
}
