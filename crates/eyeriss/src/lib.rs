//! The Eyeriss chip: the machine that executes row-stationary mappings, cycle by cycle and bit by bit.
