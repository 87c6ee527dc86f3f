/* Colours say nothing that shapes, letters or numbers do not say too: pages are printed in grey. */
#include "cli/doc_style.h"

const char doc_style[] =
    ":root{--ink:#1c2326;--soft:#5d6b70;--line:#d5dde0;--pale:#f2f6f7;--deep:#0b5563;--warn:#"
    "9c2f12}"
    "*{box-sizing:border-box}"
    "html{font:15px/1.45 system-ui,'Segoe UI','Noto Sans','Noto Sans Arabic','Noto Naskh Arabic',"
    "Tahoma,sans-serif;color:var(--ink);background:#fff;-webkit-print-color-adjust:exact;"
    "print-color-adjust:exact}"
    "html[lang=ar]{line-height:1.65;font-family:'Noto Sans Arabic','Noto Naskh Arabic','Segoe UI',"
    "Tahoma,'Noto Sans',system-ui,sans-serif}"
    "body{max-width:68rem;margin:0 auto;padding:1.5rem}"
    "h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem;color:var(--deep)}"
    "html[lang=ar] h1{line-height:1.5}"
    "header p{margin:0 0 1rem;font-size:1.05rem;color:var(--soft)}"
    "h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;border-bottom:2px solid "
    "var(--deep);break-after:avoid}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem "
    "1rem;margin:0;font-size:.9rem}"
    "dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}"
    /* A table is laid out when it comes near the window: some have thousands of rows. */
    ".wide{overflow-x:auto;content-visibility:auto;contain-intrinsic-size:auto 40rem}"
    "table{border-collapse:collapse;width:100%;font-size:.87rem}"
    "th,td{padding:.3rem .5rem;text-align:start;vertical-align:top;border-bottom:1px solid "
    "var(--line)}"
    "td{overflow-wrap:break-word}td.text{overflow-wrap:anywhere;min-width:8.5em}"
    "td.word{min-width:6.5em}tr.above td{border-bottom:0;padding-bottom:.1rem}"
    "tr.above{break-after:avoid}tr.below td{padding-bottom:.7rem}"
    "thead th{background:var(--pale);font-weight:600;vertical-align:bottom;"
    "border-bottom:1px solid var(--soft)}"
    "thead th bdi{display:block;font-weight:400;font-size:.78rem;line-height:1.3;color:var(--soft);"
    "overflow-wrap:break-word}"
    "tr.group th{background:#fff;padding-top:.9rem;color:var(--deep);font-size:.95rem;"
    "border-bottom:1px solid var(--deep);break-after:avoid}"
    "tr{break-inside:avoid}thead{display:table-header-group}"
    "td.num{white-space:nowrap}.num{text-align:end;font-variant-numeric:tabular-nums}"
    "code{direction:ltr;unicode-bidi:isolate;white-space:nowrap;font-family:ui-monospace,'DejaVu "
    "Sans Mono','Liberation Mono',monospace;font-size:.9em}"
    "code.long{white-space:normal}.mark{white-space:nowrap}"
    ".mark svg,.legend svg{width:1.05em;height:1.05em;vertical-align:-.15em}"
    ".mark small{font-size:.72em;margin-inline:.12em .35em;color:var(--soft)}"
    ".late{color:var(--warn)}.no{color:#9aa6aa}"
    ".legend{display:flex;flex-wrap:wrap;break-after:avoid;gap:.2rem "
    "1.1rem;list-style:none;margin:0 0 "
    ".8rem;padding:0;"
    "font-size:.85rem;color:var(--soft)}"
    ".legend li{white-space:nowrap}.legend .bar{width:1.6em;height:.9em}"
    ".bar{display:block;width:100%;height:18px;overflow:hidden}"
    ".legend .bar{display:inline-block;vertical-align:-.08em}"
    ".bar text{font-size:11px;fill:#111;stroke:#fff;stroke-width:3px;paint-order:stroke;"
    "text-anchor:middle}"
    ".share{min-width:6.5rem}.share .bar{height:9px;margin-top:.2rem;"
    "background:#fff;border:1px solid #9aa6aa}"
    ".f0{fill:#0b5563}.f1{fill:#4a93a3}.f2{fill:#a8d0d7}.f3{fill:#e3eef0}.f4{fill:#e0b3a6}"
    ".f5{fill:#a9a9a9}.f6{fill:#f7f1d8}.f7{fill:#fff}"
    ".bar rect{stroke:#46575c;stroke-width:1px}"
    ".bar .part{fill:#4a93a3;stroke:none}"
    ".bar .few{fill:url(#h)}.bar .at{stroke:#9c2f12;stroke-width:2px}"
    ".none{color:var(--soft);font-style:italic;margin:.2rem 0}"
    "footer{margin-top:2.5rem;padding-top:.5rem;border-top:1px solid var(--line);font-size:.8rem;"
    "color:var(--soft);overflow-wrap:anywhere}"
    "@page{size:A4;margin:15mm 13mm 17mm}"
    "@media "
    "print{html{font-size:9.2pt}body{max-width:none;padding:0}.wide{overflow:visible;content-"
    "visibility:visible}"
    "h2{margin-top:1.5rem}a{color:inherit}th,td{padding:.2rem .35rem}"
    ".share{min-width:4.5rem}}"
    "@media screen and (max-width:40rem){body{padding:.8rem}dl{grid-template-columns:1fr}"
    "dd{margin-bottom:.4rem}}";

#define RING \
	"<circle cx=\"8\" cy=\"8\" r=\"6.5\" fill=\"#fff\" stroke=\"#0b5563\" " \
	"stroke-width=\"1.6\"/>"
#define BOX \
	"<rect x=\"1.8\" y=\"1.8\" width=\"12.4\" height=\"12.4\" fill=\"#fff\" " \
	"stroke=\"#0b5563\" stroke-width=\"1.6\"/>"
#define FILL "fill=\"#0b5563\""
#define SYMBOL(id, what) "<symbol id=\"" id "\" viewBox=\"0 0 16 16\">" what "</symbol>"
#define STROKE(d) "<path d=\"" d "\" fill=\"none\" stroke=\"#0b5563\" stroke-width=\"1.6\"/>"

const char doc_drawings[] =
    "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>"
    "<pattern id=\"h\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><path d=\"M0 0V5\" stroke=\"#fff\" stroke-width=\"4\" "
    "stroke-opacity=\".75\"/></pattern>"
    /* attested: a round that fills like a clock */
    SYMBOL("a0", "<circle cx=\"8\" cy=\"8\" r=\"7.3\" " FILL "/>")
	SYMBOL("a1", RING "<path d=\"M8 8V1.5A6.5 6.5 0 1 1 1.5 8Z\" " FILL "/>")
	    SYMBOL("a2", RING "<path d=\"M8 8V1.5A6.5 6.5 0 0 1 14.5 8Z\" " FILL "/>")
		SYMBOL("a3", RING) SYMBOL("a4", RING STROKE("M3.4 12.6L12.6 3.4"))
		    SYMBOL("a5", RING STROKE("M5 5L11 11M11 5L5 11")) SYMBOL("a6", RING)
    /* the member's own word: a box that fills from below */
    SYMBOL("s0", "<rect x=\"1\" y=\"1\" width=\"14\" height=\"14\" " FILL "/>") SYMBOL(
	"s1", BOX "<rect x=\"1.8\" y=\"5\" width=\"12.4\" height=\"9.2\" " FILL "/>") SYMBOL("s2",
	BOX "<rect x=\"1.8\" y=\"10.4\" width=\"12.4\" height=\"3.8\" " FILL
	    "/>") SYMBOL("s3", BOX) SYMBOL("s4", BOX STROKE("M2.4 13.6L13.6 2.4")) SYMBOL("s5",
	BOX STROKE("M4.6 4.6L11.4 11.4M11.4 4.6L4.6 11.4")) SYMBOL("s6",
	"<rect x=\"1.8\" y=\"1.8\" width=\"12.4\" height=\"12.4\" fill=\"#fff\" "
	"stroke=\"#0b5563\" stroke-width=\"1.4\" stroke-dasharray=\"2.4 1.8\"/>") "</defs></svg>\n";
