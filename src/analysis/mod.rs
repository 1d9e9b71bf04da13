//! What can be known about rules beside whether they are right. Pure: plans and what was seen of them go in, plain data comes
//! out. Start at [`coverage`].

pub mod coverage;
