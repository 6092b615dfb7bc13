/// The look of a lesson's page, in light and dark, on a desk, on a phone and on paper.
enum PageStyle {
    static var all: String {
        ":root{\(GraphStyle.light)color-scheme:light dark}\n"
            + "@media(prefers-color-scheme:dark){:root{\(GraphStyle.dark)}}\n" + GraphStyle.graph + "\n" + page + paper
    }

    private static let page = #"""
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        main,header,footer{max-width:1240px;margin:0 auto;padding:0 20px}
        header{padding-top:22px;padding-bottom:8px}
        h1{font-size:1.55rem;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
        h2{font-size:1rem;margin:0 0 6px}
        h3{font-size:.78rem;text-transform:uppercase;letter-spacing:.06em;color:var(--soft);margin:16px 0 4px;font-weight:600}
        p{margin:0 0 8px}
        .intro{color:var(--soft);max-width:72ch}
        .note{background:var(--lit);margin:8px 0;border-radius:8px;padding:8px 12px;font-size:.9rem}
        .card{background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:16px 18px}
        .crumbs{display:flex;flex-wrap:wrap;gap:4px 8px;align-items:center;font-size:.9rem;min-height:30px}
        .crumbs button{border:0;background:none;color:var(--value);padding:2px 4px;font:inherit;cursor:pointer;text-decoration:underline}
        .legend{margin-left:auto;display:flex;gap:14px;color:var(--soft);font-size:.82rem;align-items:center}
        .legend b{font-weight:600}.legend .v{color:var(--value)}.legend .g{color:var(--gradient)}
        #graph{overflow:auto;padding:10px;scroll-behavior:smooth;max-height:62vh;text-align:center}
        #graph .graph{display:inline-block;margin:auto}
        .box{cursor:pointer;outline:none}
        .box:focus-visible rect{stroke:var(--value);stroke-width:3}
        .box.future .value,.box.future .gradient{opacity:.35}
        .box.to rect{fill:var(--lit);stroke:var(--message);stroke-width:3}
        .box.from rect{stroke:var(--message);stroke-width:2.5}
        .box.made rect{fill:var(--seen);stroke:var(--value);stroke-width:3}
        .box.chosen rect{stroke:var(--ink)}
        .box .behind{fill:var(--ground)!important;stroke-width:1!important}
        .graph .edge.active{stroke:var(--message);stroke-width:4}
        .graph .edge.forward{stroke:var(--value);stroke-width:3.5}
        .controls{position:sticky;bottom:0;z-index:2;display:flex;flex-wrap:wrap;gap:8px 10px;align-items:center;background:var(--ground);padding:10px 0;margin:2px 0 8px}
        button,select,input{font:inherit;color:inherit}
        .controls button,.quiz button,.more button{border:1px solid var(--line);background:var(--surface);border-radius:9px;padding:8px 13px;cursor:pointer;min-height:42px}
        .controls button:hover,.quiz button:hover{border-color:var(--soft)}
        button:focus-visible,select:focus-visible,input:focus-visible,a:focus-visible{outline:3px solid var(--value);outline-offset:2px}
        .controls button:disabled{opacity:.4;cursor:default}
        #next{background:var(--value);border-color:var(--value);color:var(--ground);font-weight:600;padding-inline:22px}
        #slider{flex:1 1 160px;min-width:120px;accent-color:var(--value);height:30px}
        #where{min-width:11.5em;color:var(--soft);font-size:.9rem;font-variant-numeric:tabular-nums}
        .controls label{display:flex;gap:6px;align-items:center;font-size:.9rem;color:var(--soft)}
        .controls select{border:1px solid var(--line);border-radius:8px;background:var(--surface);padding:6px 8px;max-width:230px;color:var(--ink)}
        .controls input[type=checkbox]{width:18px;height:18px;accent-color:var(--value)}
        .panels{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:16px;align-items:start;margin-bottom:28px}
        .direction{font-size:.78rem;text-transform:uppercase;letter-spacing:.06em;font-weight:600;color:var(--soft)}
        #step h2{font-size:1.2rem;margin:2px 0 8px}
        .equation{font-size:1.28rem;line-height:1.45;font-variant-numeric:tabular-nums;overflow-wrap:anywhere;margin:0 0 8px}
        .equation .outcome{font-weight:700;color:var(--gradient)}
        .compute .equation .outcome{color:var(--value)}
        .effect{font-variant-numeric:tabular-nums;color:var(--gradient);overflow-wrap:anywhere}
        .rule{border-left:3px solid var(--line);padding:2px 0 2px 12px;margin:10px 0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        .words{color:var(--soft)}
        .num{text-decoration:none;cursor:help}
        dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:3px 14px;margin:0}
        dt{color:var(--soft)}dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        dd.v{color:var(--value);font-weight:600}dd.g{color:var(--gradient);font-weight:600}dd.none{color:var(--soft);font-weight:400;font-style:italic}
        .tables{overflow-x:auto;max-width:100%}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.86rem;margin:2px 0 6px}
        caption{text-align:left;white-space:nowrap;color:var(--soft);font-size:.8rem}
        td,th{padding:2px 7px;text-align:right}
        .grid td{border:1px solid var(--line);cursor:pointer;min-width:2.4em}
        .grid td:focus-visible{outline:3px solid var(--value);outline-offset:-2px}
        .grid td.pick{background:var(--value);color:var(--ground);font-weight:700}
        .grid td.lit{background:var(--lit);box-shadow:inset 0 0 0 2px var(--message)}
        .checks td,.checks th{white-space:nowrap;border-bottom:1px solid var(--line);font-size:.86rem}.checks th{color:var(--soft);font-weight:500}
        .ok{color:#1a7f4b}.off{color:#c81e1e;font-weight:700}
        @media(prefers-color-scheme:dark){.ok{color:#5fd398}.off{color:#ff8080}}
        .sum{font-variant-numeric:tabular-nums;overflow-wrap:anywhere;font-size:.92rem}
        .small{font-size:.84rem;color:var(--soft)}
        .quiz{margin:6px 0 4px;display:flex;flex-wrap:wrap;gap:8px;align-items:center}
        .quiz input{border:2px solid var(--line);border-radius:9px;padding:7px 10px;width:9em;background:var(--surface);min-height:42px}
        .verdict{font-weight:700}
        .links button{border:1px solid var(--line);background:none;border-radius:14px;padding:1px 10px;margin:0 4px 4px 0;cursor:pointer;font-size:.9rem}
        .more{margin-bottom:40px}.more summary{cursor:pointer;padding:8px 0;color:var(--soft)}
        #strip{list-style:none;padding:0;margin:8px 0;display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:12px}
        #strip li{border:1px solid var(--line);border-radius:10px;padding:10px 12px;background:var(--surface);break-inside:avoid;overflow:hidden}
        #strip li svg{width:100%;height:auto;max-height:150px;display:block;margin-bottom:6px}
        #strip .equation{font-size:1rem;margin:0}
        kbd{border:1px solid var(--line);border-bottom-width:2px;border-radius:5px;padding:0 5px;font:.85em ui-monospace,monospace;background:var(--surface)}
        footer{color:var(--soft);font-size:.85rem;padding-bottom:30px}
        .hidden{display:none!important}
        .skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--surface);padding:8px;z-index:9}
        @media(max-width:760px){
        main,header,footer{padding:0 12px}header{padding-top:14px}h1{font-size:1.25rem}.intro{font-size:.92rem}
        .panels{grid-template-columns:minmax(0,1fr);gap:10px}.card{padding:12px 13px;border-radius:10px}
        #graph{padding:4px;max-height:46vh}.legend{margin-left:0;flex-basis:100%;font-size:.76rem}
        .controls{gap:6px;padding:8px 0 max(8px,env(safe-area-inset-bottom))}.controls button{padding:8px 11px}
        #where{min-width:0;flex:1 1 100%;order:-1;font-size:.82rem}#next{flex:1}.controls label{font-size:.82rem}
        .equation{font-size:1.12rem}.keys{display:none}#slider{flex-basis:100%}}
        @media(prefers-reduced-motion:reduce){#graph{scroll-behavior:auto}}

        """#

    private static let paper = #"""
        @media print{
        :root{\#(GraphStyle.light)}
        body{background:#fff;font-size:11pt}.controls,.panels,.crumbs button,.more summary,footer,.skip,.legend{display:none!important}
        #graph{max-height:none;overflow:visible;border:0}#graph .graph{max-width:100%;height:auto}
        .more{display:block!important}.more>*{display:block}#strip{grid-template-columns:repeat(2,1fr)}
        main,header{max-width:none;padding:0}}
        """#
}
