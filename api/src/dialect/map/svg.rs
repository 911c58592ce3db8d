//! A map as SVG: drawn with attributes, so that it stands alone, and with classes, so that a page may colour it.

use std::fmt::Write;

use catalog::table::wkb::Position;
use config::Language;

use super::super::texts::{self, Words};
use crate::map::{Drawing, View};

/// Pixels below the map, for the scale bar.
const FOOT: f64 = 52.0;
/// Bytes of a path of many points: some five hundred.
const MANY: usize = 8_000;

/// What a map says beside what it draws.
pub(super) struct Labels<'a> {
    /// The title of the dataset.
    pub(super) title: &'a str,
    /// Where the map can be had, for scripts.
    pub(super) source: &'a str,
    /// The language.
    pub(super) language: Language,
}

/// The map.
pub(super) fn render(drawing: &Drawing, labels: &Labels<'_>) -> String {
    let words = texts::words(labels.language);
    let view = &drawing.view;
    let (width, height) = (view.width, view.height + FOOT);
    let extent = view.extent.map(|bound| bound.to_string()).join(" ");
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"map\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         aria-labelledby=\"map-title\" aria-describedby=\"map-note map-table\" data-source=\"{}\" data-extent=\"{extent}\" \
         data-height=\"{:.0}\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n<title id=\"map-title\">{}: {}</title>\n\
         <clipPath id=\"map-clip\"><rect width=\"{width:.0}\" height=\"{:.0}\"/></clipPath>\n\
         <rect class=\"ground\" width=\"{width:.0}\" height=\"{:.0}\" fill=\"#f4f6f8\"/>\n",
        escaped(labels.source),
        view.height,
        escaped(words.map),
        escaped(labels.title),
        view.height,
        view.height,
    );
    // Writing to text cannot fail, here and below.
    let _ = writeln!(out, "<g clip-path=\"url(#map-clip)\">");
    graticule(&mut out, view);
    features(&mut out, drawing);
    coordinates(&mut out, view, labels.language);
    out.push_str("</g>\n");
    let _ = writeln!(
        out,
        "<rect class=\"frame\" x=\".5\" y=\".5\" width=\"{:.0}\" height=\"{:.0}\" fill=\"none\" stroke=\"#66788a\"/>",
        width - 1.0,
        view.height - 1.0
    );
    north(&mut out, view, words);
    bar(&mut out, view, labels.language);
    out.push_str("</svg>\n");
    out
}

fn graticule(out: &mut String, view: &View) {
    let mut path = String::new();
    for (axis, x, y) in lines(view) {
        let _ = match axis {
            0 => write!(path, "M{x:.1} 0V{:.0}", view.height),
            _ => write!(path, "M0 {y:.1}H{:.0}", view.width),
        };
    }
    let _ = writeln!(out, "<path class=\"grid\" d=\"{path}\" fill=\"none\" stroke=\"#d3dae1\"/>");
}

/// The lines of a graticule: axis, and the pixel where it meets the edge.
fn lines(view: &View) -> impl Iterator<Item = (usize, f64, f64)> {
    let [west, south, ..] = view.extent;
    let across = view.lines(0).0.into_iter().map(move |x| (0, Position { x, y: south, z: None }));
    let down = view.lines(1).0.into_iter().map(move |y| (1, Position { x: west, y, z: None }));
    across.chain(down).map(|(axis, position)| {
        let [x, y] = view.pixel(&position);
        (axis, x, y)
    })
}

fn features(out: &mut String, drawing: &Drawing) {
    let paths = &drawing.paths;
    let area = "fill=\"#2f78b7\" fill-opacity=\".22\" fill-rule=\"evenodd\" stroke=\"#1c5a92\" stroke-width=\".9\" stroke-linejoin=\"round\"";
    let _ = writeln!(out, "<g class=\"areas\" {area}>");
    for area in &paths.areas {
        let _ = writeln!(out, "<path d=\"{area}\"/>");
    }
    out.push_str("</g>\n");
    let round = "fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\"";
    // Many points need room, few ones want to be seen.
    let (rim, point) = if paths.points.len() > MANY { (0.0, 3.0) } else { (8.0, 5.5) };
    for (class, path, colour, width) in [
        ("specks", &paths.specks, "#1c5a92", 2.0),
        ("lines", &paths.lines, "#1c5a92", 1.5),
        ("rims", &paths.points, "#ffffff", rim),
        ("points", &paths.points, "#b3261e", point),
    ] {
        if !path.is_empty() && width > 0.0 {
            let _ = writeln!(
                out,
                "<path class=\"{class}\" d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{width}\" {round}/>"
            );
        }
    }
}

/// The numbers of the graticule, along the lower and the left edge.
fn coordinates(out: &mut String, view: &View, language: Language) {
    let halo = "paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"3.5\" stroke-linejoin=\"round\" fill=\"#4a5a6c\"";
    let _ = writeln!(out, "<g class=\"numbers\" font-size=\"12\" {halo}>");
    for axis in [0, 1] {
        let (numbers, decimals) = view.lines(axis);
        let places = lines(view).filter(|(own, ..)| *own == axis);
        for (number, (_, x, y)) in numbers.into_iter().zip(places) {
            let text = coordinate(number, decimals, view, (axis, language));
            // Not in the corners, where both would meet.
            if axis == 0 && x > 90.0 && x < view.width - 50.0 {
                let _ = writeln!(
                    out,
                    "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>",
                    view.height - 8.0
                );
            } else if axis == 1 && y > 24.0 && y < view.height - 30.0 {
                let _ = writeln!(out, "<text x=\"8\" y=\"{:.1}\">{text}</text>", y + 4.0);
            }
        }
    }
    out.push_str("</g>\n");
}

fn coordinate(number: f64, decimals: usize, view: &View, (axis, language): (usize, Language)) -> String {
    let direction = match (axis, language) {
        (0, Language::Nb | Language::Nn) => "Ø",
        (0, Language::En) => "E",
        _ => "N",
    };
    let text = decimal(number, decimals, language);
    if view.crs.is_projected() { format!("{text} {direction}") } else { format!("{text}° {direction}") }
}

/// A number with its thousands apart and the language's decimal mark.
pub(super) fn decimal(number: f64, decimals: usize, language: Language) -> String {
    let text = format!("{:.decimals$}", number.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), |whole: u64| texts::number(whole, language));
    let sign = if number < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { "−" } else { "" };
    let mark = if language == Language::En { '.' } else { ',' };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}{mark}{part}") }
}

/// An arrow to the north: straight up, as far as the system's north is.
fn north(out: &mut String, view: &View, words: &Words) {
    let _ = writeln!(
        out,
        "<g class=\"north\" transform=\"translate({:.0} 16)\" aria-label=\"{}\"><circle cx=\"0\" cy=\"20\" r=\"23\" fill=\"#fff\" \
         fill-opacity=\".85\"/><path d=\"M0 2L8 28L0 22L-8 28Z\" fill=\"#1e2b3c\"/><text y=\"39\" text-anchor=\"middle\" \
         font-size=\"11\" font-weight=\"700\" fill=\"#1e2b3c\">N</text></g>",
        view.width - 36.0,
        escaped(words.map_north),
    );
}

/// The scale bar: four fields, below the map.
fn bar(out: &mut String, view: &View, language: Language) {
    let (metres, pixels) = view.bar();
    let (top, field) = (view.height + 14.0, pixels / 4.0);
    let _ = write!(out, "<g class=\"bar\" stroke=\"#1e2b3c\" fill=\"#1e2b3c\">");
    for index in 0..4_u8 {
        let fill = if index % 2 == 0 { "" } else { " class=\"light\" fill=\"#fff\"" };
        let x = 1.0 + f64::from(index) * field;
        let _ = write!(out, "<rect x=\"{x:.1}\" y=\"{top:.0}\" width=\"{field:.1}\" height=\"6\"{fill}/>");
    }
    let (unit, by) = if metres >= 1000.0 { ("km", 1000.0) } else { ("m", 1.0) };
    let _ = write!(out, "<g stroke=\"none\"><text x=\"0\" y=\"{:.0}\">0</text>", top + 22.0);
    for (share, anchor) in [(0.5, "middle"), (1.0, "middle")] {
        let decimals = if metres * share / by < 1.0 { 2 } else { usize::from((metres * share / by).fract() > 1e-9) };
        let number = decimal(metres * share / by, decimals, language);
        let text = if share < 1.0 { number } else { format!("{number} {unit}") };
        let x = 1.0 + pixels * share;
        let _ = write!(out, "<text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"{anchor}\">{text}</text>", top + 22.0);
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text></g></g>",
        view.width,
        top + 10.0,
        escaped(&view.crs.to_string())
    );
}

/// Text without what means something in XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_does() {
        assert_eq!(decimal(6_640_000.0, 0, Language::Nb), "6\u{a0}640\u{a0}000");
        assert_eq!(
            (decimal(-10.25, 2, Language::En), decimal(59.5, 1, Language::Nn)),
            ("−10.25".to_owned(), "59,5".to_owned())
        );
        assert_eq!(decimal(-0.000_1, 1, Language::En), "0.0");
    }

    #[test]
    fn titles_of_strangers_are_text() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
