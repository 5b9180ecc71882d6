//! The page about descriptions: every block of it is read.

use std::path::Path;

use formats::spec::{parse_arch_with, parse_constraints, parse_mapping, parse_problem_with};
use model::check;

const PAGE: &str = include_str!("../../../docs/descriptions.md");

#[test]
fn every_block_is_read() {
    let path = Path::new("descriptions.md");
    let blocks: Vec<&str> = PAGE.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let read = |first: &'static str| blocks.iter().filter(move |block| block.contains(first)).copied();
    let archs =
        read("arch: ").map(|block| parse_arch_with(path, block, &[]).unwrap_or_else(|e| panic!("{e}\n{block}")));
    let archs: Vec<_> = archs.collect();
    let problems = ["conv: ", "matmul: ", "fully_connected: ", "einsum:"].into_iter().flat_map(read);
    let problems =
        problems.map(|block| parse_problem_with(path, block, &[]).unwrap_or_else(|e| panic!("{e}\n{block}")));
    let problems: Vec<_> = problems.collect();
    assert_eq!((archs.len(), problems.len(), blocks.len()), (3, 4, 9));
    assert!(archs[2].sparsity.is_some() && problems[0].densities.is_some());
    // The mapping is of the product on the first architecture.
    let (arch, problem) = (&archs[0].arch, &problems[1].problem);
    for block in read("mapping:") {
        let mapping = parse_mapping(path, block, problem, arch).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(check(problem, arch, &mapping), []);
    }
    for block in read("constraints: ") {
        let constraints = parse_constraints(path, block, problem, arch).unwrap_or_else(|e| panic!("{e}"));
        assert!(constraints.rules.len() > 8);
    }
}
