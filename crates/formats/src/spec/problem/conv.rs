//! Convolutions, by the sizes of their output or of their input.

use super::{Cursor, Fields, MAX_SIZE, Made, Report, Scope, size, size_or_one};
use nn::problem::Problem;
use nn::{ConvShape, Pad};

/// The keys of a convolution.
pub(crate) const KEYS: [&str; 13] = ["N", "G", "M", "C", "P", "Q", "H", "W", "R", "S", "stride", "dilation", "pad"];

/// An axis: the filter's size, stride and dilation.
struct Axis {
    filter: u64,
    stride: u64,
    dilation: u64,
}

/// The convolution under the cursor.
pub(super) fn read(cursor: &Cursor, scope: &Scope, report: &mut Report) -> Made {
    let fields = report.fields(cursor, &KEYS)?;
    let (n, g) = (size_or_one(&fields, "N", scope, report), size_or_one(&fields, "G", scope, report));
    let mut need = |name: &str| fields.need(name, report).and_then(|c| size(&c, scope, report));
    let [m, c, r, s] = ["M", "C", "R", "S"].map(&mut need);
    let stride = fields.get("stride").map_or(Some([1; 2]), |c| pair(&c, 1, scope, report));
    let dilation = fields.get("dilation").map_or(Some([1; 2]), |c| pair(&c, 1, scope, report));
    let pad = fields.get("pad").map_or(Some([0; 4]), |c| pads(&c, scope, report));
    if let Some(pad) = fields.get("pad").filter(|_| fields.get("H").is_none() && fields.get("W").is_none()) {
        let expected = "it only beside the input's size (`H`, `W`)";
        report.wrong_at(pad.node.span, &pad.path, "padding beside the output's size", expected);
    }
    let ([stride_y, stride_x], [dilation_y, dilation_x], pad) = (stride?, dilation?, pad?);
    let rows = Axis { filter: r?, stride: stride_y, dilation: dilation_y };
    let columns = Axis { filter: s?, stride: stride_x, dilation: dilation_x };
    let h = input(&fields, ["P", "H"], &rows, pad[0] + pad[1], scope, report);
    let w = input(&fields, ["Q", "W"], &columns, pad[2] + pad[3], scope, report);
    let (m, c, g) = (m?, c?, g?);
    let sizes = [n?, g, m * g, c * g, h?, w?, rows.filter, columns.filter].map(usize::try_from);
    let [Ok(n), Ok(g), Ok(m), Ok(c), Ok(h), Ok(w), Ok(r), Ok(s)] = sizes else {
        report.wrong_at(cursor.node.span, &cursor.path, "sizes that overflow", "smaller ones");
        return None;
    };
    let shape = ConvShape {
        n,
        groups: g,
        m,
        c,
        h,
        w,
        r,
        s,
        stride: [rows.stride as usize, columns.stride as usize],
        pad: Pad::default(),
        dilation: [rows.dilation as usize, columns.dilation as usize],
    };
    Some(Problem::conv(&shape))
}

/// Padded rows or columns of the input, from those of the output or of the input; as far as filters reach.
fn input(
    fields: &Fields,
    [output, input]: [&str; 2],
    axis: &Axis,
    pad: u64,
    scope: &Scope,
    report: &mut Report,
) -> Option<u64> {
    let reach = axis.dilation * (axis.filter - 1) + 1;
    match (fields.get(output), fields.get(input)) {
        (Some(cursor), None) => size(&cursor, scope, report).map(|points| axis.stride * (points - 1) + reach),
        (None, Some(cursor)) => {
            let padded = size(&cursor, scope, report)? + pad;
            if reach > padded {
                let found = format!("{padded} with padding");
                report.wrong_at(cursor.node.span, &cursor.path, found, format!("the filter's {reach} or more"));
                return None;
            }
            Some(padded)
        }
        (None, None) => {
            let map = fields.cursor();
            let found = format!("neither {output:?} nor {input:?}");
            report.wrong_at(map.node.span, &map.path, found, "the size of the output or that of the input");
            None
        }
        (Some(cursor), Some(_)) => {
            let found = format!("{output:?} beside {input:?}");
            report.wrong_at(cursor.node.span, &cursor.path, found, "the size of the output or that of the input");
            None
        }
    }
}

/// One number for both axes, or a list of the vertical and the horizontal one.
fn pair(cursor: &Cursor, least: u64, scope: &Scope, report: &mut Report) -> Option<[u64; 2]> {
    if cursor.node.text().is_some() {
        return report.count(cursor, scope, least, MAX_SIZE).map(|both| [both; 2]);
    }
    let items = report.list(cursor)?;
    let [vertical, horizontal] = items.as_slice() else {
        report.wrong(cursor, "a number, or the vertical and the horizontal one");
        return None;
    };
    let vertical = report.count(vertical, scope, least, MAX_SIZE);
    Some([vertical?, report.count(horizontal, scope, least, MAX_SIZE)?])
}

/// Rows above and below, columns to the left and right: one number, two for the axes, or all four.
fn pads(cursor: &Cursor, scope: &Scope, report: &mut Report) -> Option<[u64; 4]> {
    match cursor.node.list() {
        Some(items) if items.len() == 4 => {
            let items = report.list(cursor)?;
            let sides: Vec<Option<u64>> = items.iter().map(|c| report.count(c, scope, 0, MAX_SIZE)).collect();
            let sides: Option<Vec<u64>> = sides.into_iter().collect();
            sides.and_then(|sides| sides.try_into().ok())
        }
        _ => pair(cursor, 0, scope, report).map(|[rows, columns]| [rows, rows, columns, columns]),
    }
}
