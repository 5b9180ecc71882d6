//! The sizes of layers, in the letters of the papers, as every message and table prints them.

use nn::ConvShape;

/// "M 96, C 3, 227 x 227, 11 x 11, U 4, N 4": what differs from the ordinary is said, the rest is left out.
pub fn sizes(shape: &ConvShape) -> String {
    let by = |[a, b]: [usize; 2]| if a == b { a.to_string() } else { format!("{a} x {b}") };
    let mut text = format!(
        "N {}, M {}, C {}, ifmap {} x {}, filter {} x {}, U {}",
        shape.n,
        shape.m,
        shape.c,
        shape.h,
        shape.w,
        shape.r,
        shape.s,
        by(shape.stride)
    );
    if shape.groups > 1 {
        text += &format!(", G {}", shape.groups);
    }
    if shape.dilation != [1, 1] {
        text += &format!(", D {}", by(shape.dilation));
    }
    let nn::Pad { top, bottom, left, right } = shape.pad;
    if [top, bottom, left, right] == [top; 4] {
        if top > 0 {
            text += &format!(", pad {top}");
        }
    } else {
        text += &format!(", pad {top} {bottom} {left} {right}");
    }
    text
}
