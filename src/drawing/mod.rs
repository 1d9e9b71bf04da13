//! The compiled rule book as a drawing: [`plan_view`] and [`interactions_view`] choose what is in it, [`dot`], [`mermaid`] and
//! [`svg`] write it down. No other program is needed.

mod graph;
mod svg;
mod views;

pub use graph::{Edge, Graph, Node, NodeKind, dot, mermaid};
pub use svg::svg;
pub use views::{interactions_view, plan_view};
