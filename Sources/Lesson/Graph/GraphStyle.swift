/// How the graph looks, on a page and in a picture of its own.
enum GraphStyle {
    /// The colours by what they stand for. Values are blue and gradients orange: told apart by all readers (after M. Okabe and
    /// K. Ito), and by their places.
    static let light =
        "--ground:#fbfbf9;--surface:#fff;--ink:#1d2530;--soft:#5b6674;--line:#c9ced6;--value:#0b5ea8;--gradient:#b0440a;--message:#c2410c;--lit:#fff1e3;--seen:#e8f1fb;"
    static let dark =
        "--ground:#12161c;--surface:#1b2129;--ink:#e9edf2;--soft:#9aa6b4;--line:#3b4553;--value:#7cc0ff;--gradient:#ffa766;--message:#ff8a3d;--lit:#3a2717;--seen:#16293d;"

    /// Boxes, edges and what stands in them.
    static let graph = """
        .graph text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-size:13px;text-anchor:middle;fill:var(--ink)}
        .graph .name{font-weight:600}
        .graph .sign{text-anchor:start;fill:var(--soft)}
        .graph .value{fill:var(--value);font-variant-numeric:tabular-nums}
        .graph .gradient{fill:var(--gradient);font-variant-numeric:tabular-nums}
        .graph .gradient.none,.graph .count{fill:var(--soft);font-size:12px}
        .graph rect{fill:var(--surface);stroke:var(--line);stroke-width:1.5}
        .graph .input rect{stroke:var(--soft);stroke-dasharray:none;stroke-width:2}
        .graph .constant rect,.graph .port rect{fill:var(--ground)}
        .graph .port rect{stroke-dasharray:4 3}
        .graph .edge{fill:none;stroke:var(--line);stroke-width:2}
        """

    /// For a picture that stands alone.
    static var standalone: String {
        "<style>.graph{\(light)}@media(prefers-color-scheme:dark){.graph{\(dark)}}\(graph)</style>"
    }
}
