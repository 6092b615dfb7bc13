import Foundation
import GradusTensor

extension Lesson {
    /// The lesson as one HTML page that needs nothing else: no server, no network. It opens from a file, steps with the arrow keys,
    /// and has the step's number in its address (`neuron.html#step=12`), so that one can link to it.
    public func html() -> String {
        let views = GraphViews(self)
        let rounding = Rounding(decimals: decimals, trueMinus: true)
        let pictures = views.views.enumerated().map { index, view in
            "<template id=\"view-\(index)\">\(view.svg(self, index, rounding))</template>"
        }
        let name = title.escapedForHTML
        let folded =
            views.isFoldedBySize
            ? "<p class=\"note\">The graph has \(nodes.count) nodes, more than are shown side by side: it is folded into blocks, in order. Click one to open it; the steps open what they need.</p>"
            : ""
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="generator" content="Gradus"><link rel="icon" href="data:,">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
            <title>\(name)</title><style>\(PageStyle.all)</style></head><body>
            <a class="skip" href="#step">To the step</a>
            <header><h1>\(name)</h1><p class="intro">\(introduction.escapedForHTML)</p>\(folded)</header>
            \(Lesson.body(checkSummary.escapedForHTML))
            \(pictures.joined(separator: "\n"))
            <script type="application/json" id="data">\(PageData(self, views).json)</script>
            <script>\(PageScript.all)</script>
            </body></html>

            """
    }

    private static func body(_ summary: String) -> String {
        """
        <main>
        <div class="crumbs"><span id="crumbs"></span><span class="legend"><span><b class="v">blue</b> value</span><span><b class="g">orange</b> gradient of the result by it</span></span></div>
        <div class="card" id="graph" tabindex="-1"></div>
        <p class="note hidden" id="explanation"></p>
        <div class="controls" role="group" aria-label="Steps">
        <button id="first" aria-label="To the start" title="To the start (Home)">|←</button>
        <button id="back" title="One step back (←)">← Back</button>
        <button id="next" title="One step on (→)">Next →</button>
        <button id="last" aria-label="To the end" title="To the end (End)">→|</button>
        <input id="slider" type="range" min="0" value="0" aria-label="Step">
        <span id="where" role="status"></span>
        <label><input id="predict" type="checkbox">Predict first</label>
        <label>Decimals <select id="decimals"><option>2</option><option>4</option><option>6</option></select></label>
        <label>Walk <select id="walk"></select></label>
        </div>
        <div class="panels">
        <section class="card" id="step" aria-live="polite" aria-label="This step"></section>
        <section class="card" id="node" aria-label="The chosen node"></section>
        </div>
        <details class="more" id="all"><summary>All steps, as a strip (this is what is printed)</summary><ol id="strip"></ol></details>
        <noscript><p class="note">Stepping needs JavaScript, which is switched off here.</p></noscript>
        </main>
        <footer><p>\(summary)</p><p class="keys"><kbd>→</kbd> next step, <kbd>←</kbd> back, <kbd>Home</kbd> and <kbd>End</kbd> to the ends. Numbers are rounded; hover for the exact ones.</p></footer>
        """
    }

    /// Writes ``html()`` to a file; throws what the system says if that is not possible. While misuse is pending it does nothing.
    public func write(to path: String) throws {
        guard !misuseIsPending else { return }
        try Data(html().utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
