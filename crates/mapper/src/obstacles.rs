//! Why nothing fits: the smallest set of rules that forbid every mapping.
//!
//! Rules of the constraints are left out one after the other; one without which still nothing fits is none of the
//! reasons. What is left is a set of which every rule is needed. Without any constraints it is the memories that are
//! too small: for the smallest tiles there are, everything outside and one point inside.

use crate::search::{Options, is_feasible};
use crate::setting::Setting;
use crate::template::{Event, Template, templates};
use model::arch::{Arch, StageId};
use model::{Constraint, Constraints, Mapping, Node, Violation, check};
use nn::Operand;
use nn::problem::Problem;

/// The rules that forbid every mapping.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Obstacles {
    /// Rules of the constraints, each of which is needed.
    pub constraints: Vec<Constraint>,
    /// Rules of the arch that the smallest tiles break, with the amounts; none if they break none, so that it is the
    /// constraints that ask for larger ones.
    pub violations: Vec<Violation>,
    /// Whether the time was over before each rule was tried.
    pub cut_short: bool,
}

/// Why nothing fits.
pub fn obstacles(problem: &Problem, arch: &Arch, options: &Options) -> Obstacles {
    let mut found = Obstacles { violations: violations(problem, arch, options), ..Obstacles::default() };
    let Some(all) = options.constraints else { return found };
    let mut needed: Constraints = all.clone();
    let mut index = 0;
    while index < needed.rules.len() {
        let mut fewer = needed.clone();
        fewer.rules.remove(index);
        match is_feasible(problem, arch, &Options { constraints: Some(&fewer), ..*options }) {
            Some(false) => needed = fewer,
            Some(true) => index += 1,
            None => {
                found.cut_short = true;
                index += 1;
            }
        }
    }
    found.constraints = needed.rules;
    found
}

/// The rules that the smallest tiles break in the template where they break the fewest.
fn violations(problem: &Problem, arch: &Arch, options: &Options) -> Vec<Violation> {
    let setting = Setting::new(problem, arch, &Options { constraints: None, ..*options }, false, false);
    let smallest = |template: Template| {
        let mut nodes: Vec<Node> = Operand::ALL.map(|operand| Node::Keep { memory: StageId(0), operand }).to_vec();
        nodes.extend(problem.dims().map(|dim| Node::Temporal { dim, tile: 1 }));
        nodes.extend(template.events.into_iter().filter_map(|event| match event {
            Event::Keep { memory, operand } => Some(Node::Keep { memory, operand }),
            Event::Fanout(_) => None,
        }));
        check(problem, arch, &Mapping { nodes })
    };
    templates(&setting, false).0.into_iter().map(smallest).min_by_key(Vec::len).unwrap_or_default()
}
