//! A layered drawing of a graph, from left to right, without the help of other programs.
//!
//! Nodes stand in columns, each right of all its predecessors. Edges that pass a column bend through a point in it, so
//! that they go around the nodes there. Within columns, order follows the neighbours' (barycentres), and places come as
//! near to the neighbours' as the others in the column allow (least squares).
#![expect(clippy::indexing_slicing, reason = "items and columns are numbered by this file alone")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::graph::{Graph, Node};

/// Sizes, in pixels.
const FONT: f64 = 12.0;
const LINE: f64 = 15.0;
const PADDING: f64 = 8.0;
const COLUMN_GAP: f64 = 60.0;
const ROW_GAP: f64 = 14.0;
const BEND_GAP: f64 = 8.0;
const MARGIN: f64 = 16.0;
/// Labels are broken into lines of about so many characters.
const LINE_CHARS: usize = 30;
const SWEEPS: usize = 12;

/// Something in a column: a node, or the point through which an edge passes.
struct Item {
    node: Option<usize>,
    column: usize,
    width: f64,
    height: f64,
    /// The middle, from above.
    middle: f64,
    before: Vec<usize>,
    after: Vec<usize>,
}

/// An edge between nodes, by their numbers.
struct Line<'a> {
    from: usize,
    to: usize,
    /// It goes back to the left: against the order that the columns have.
    back: bool,
    label: &'a str,
    /// The items that it passes, from left to right, ends included.
    path: Vec<usize>,
}

/// The graph as an SVG document.
pub fn svg(graph: &Graph) -> String {
    let numbers: BTreeMap<&str, usize> =
        graph.nodes.iter().enumerate().map(|(number, node)| (node.id.as_str(), number)).collect();
    let mut lines: Vec<Line<'_>> = Vec::new();
    for edge in &graph.edges {
        if let (Some(from), Some(to)) = (numbers.get(edge.from.as_str()), numbers.get(edge.to.as_str())) {
            lines.push(Line { from: *from, to: *to, back: false, label: &edge.label, path: Vec::new() });
        }
    }
    mark_back_edges(graph.nodes.len(), &mut lines);
    let columns_of = columns(graph.nodes.len(), &lines);
    let labels: Vec<Vec<String>> = graph.nodes.iter().map(|node| wrap(&node.label)).collect();
    let mut items: Vec<Item> = labels
        .iter()
        .enumerate()
        .map(|(number, label)| {
            let widest = label.iter().map(|line| text_width(line)).fold(20.0, f64::max);
            let (width, height) = (widest + 2.0 * PADDING, label.len() as f64 * LINE + 2.0 * PADDING);
            Item { width, height, ..item(Some(number), columns_of[number]) }
        })
        .collect();
    thread(&mut items, &mut lines);
    let mut columns = vec![Vec::new(); items.iter().map(|item| item.column + 1).max().unwrap_or(0)];
    for (number, item) in items.iter().enumerate() {
        columns[item.column].push(number);
    }
    order(&mut columns, &items);
    place(&columns, &mut items);
    draw(graph, &labels, &columns, &items, &lines)
}

fn item(node: Option<usize>, column: usize) -> Item {
    Item { node, column, width: 0.0, height: 0.0, middle: 0.0, before: Vec::new(), after: Vec::new() }
}

/// Marks edges that close a circle, so that what is left has an order.
fn mark_back_edges(nodes: usize, lines: &mut [Line<'_>]) {
    let mut out = vec![Vec::new(); nodes];
    for (number, line) in lines.iter().enumerate() {
        out[line.from].push(number);
    }
    // 0: not seen, 1: on the way here, 2: done.
    let mut seen = vec![0u8; nodes];
    for root in 0..nodes {
        let mut way = vec![(root, 0)];
        if seen[root] != 0 {
            continue;
        }
        seen[root] = 1;
        while let Some((node, next)) = way.last_mut() {
            let Some(line) = out[*node].get(*next).copied() else {
                seen[*node] = 2;
                way.pop();
                continue;
            };
            *next += 1;
            let to = lines[line].to;
            match seen[to] {
                0 => {
                    seen[to] = 1;
                    way.push((to, 0));
                }
                1 => lines[line].back = true,
                _ => {}
            }
        }
    }
}

/// The column of each node: right of all that lead to it, but a node to which nothing leads stands beside its first
/// successor.
fn columns(nodes: usize, lines: &[Line<'_>]) -> Vec<usize> {
    let mut after = vec![Vec::new(); nodes];
    let mut open = vec![0usize; nodes];
    for line in lines.iter().filter(|line| !line.back && line.from != line.to) {
        after[line.from].push(line.to);
        open[line.to] += 1;
    }
    let sources: Vec<usize> = (0..nodes).filter(|node| open[*node] == 0).collect();
    let mut ready = sources.clone();
    let mut column = vec![0usize; nodes];
    while let Some(node) = ready.pop() {
        for next in &after[node] {
            column[*next] = column[*next].max(column[node] + 1);
            open[*next] -= 1;
            if open[*next] == 0 {
                ready.push(*next);
            }
        }
    }
    for node in sources {
        if let Some(nearest) = after[node].iter().map(|next| column[*next]).min() {
            column[node] = nearest.saturating_sub(1);
        }
    }
    column
}

/// Makes a point in every column that an edge passes.
fn thread(items: &mut Vec<Item>, lines: &mut [Line<'_>]) {
    for line in lines {
        let (left, right) =
            if items[line.from].column <= items[line.to].column { (line.from, line.to) } else { (line.to, line.from) };
        let mut path = vec![left];
        for column in items[left].column + 1..items[right].column {
            items.push(Item { height: 2.0, ..item(None, column) });
            path.push(items.len() - 1);
        }
        path.push(right);
        for pair in path.windows(2) {
            if items[pair[0]].column < items[pair[1]].column {
                items[pair[0]].after.push(pair[1]);
                items[pair[1]].before.push(pair[0]);
            }
        }
        line.path = path;
    }
}

/// Orders each column by where the neighbours of its items stand, to and fro.
fn order(columns: &mut [Vec<usize>], items: &[Item]) {
    let mut at = vec![0.0; items.len()];
    let number = |column: &[usize], at: &mut [f64]| {
        for (place, item) in column.iter().enumerate() {
            at[*item] = (place as f64 + 0.5) / column.len() as f64;
        }
    };
    columns.iter().for_each(|column| number(column, &mut at));
    for sweep in 0..SWEEPS {
        let forward = sweep % 2 == 0;
        for step in 0..columns.len() {
            let column = if forward { step } else { columns.len() - 1 - step };
            let wish = |item: usize| {
                let near = if forward { &items[item].before } else { &items[item].after };
                mean(near.iter().map(|near| at[*near])).unwrap_or(at[item])
            };
            let mut wishes: Vec<(f64, usize)> = columns[column].iter().map(|item| (wish(*item), *item)).collect();
            wishes.sort_by(|a, b| a.0.total_cmp(&b.0));
            columns[column] = wishes.into_iter().map(|(_, item)| item).collect();
            number(&columns[column], &mut at);
        }
    }
}

/// Moves the items of each column as near to their neighbours as the order and the gaps allow.
fn place(columns: &[Vec<usize>], items: &mut [Item]) {
    for column in columns {
        spread(column, items, |_, _| None);
    }
    for sweep in 0..SWEEPS {
        let forward = sweep % 2 == 0;
        for step in 0..columns.len() {
            let column = &columns[if forward { step } else { columns.len() - 1 - step }];
            spread(column, items, |items, item| {
                let near = if forward { &items[item].before } else { &items[item].after };
                mean(near.iter().map(|near| items[*near].middle))
            });
        }
    }
    let top = items.iter().map(|item| item.middle - item.height / 2.0).fold(f64::INFINITY, f64::min);
    for item in items {
        item.middle += MARGIN - top;
    }
}

/// Places the items of one column: the sum of the squares of the distances to their wishes is the least possible.
fn spread(column: &[usize], items: &mut [Item], wish: impl Fn(&[Item], usize) -> Option<f64>) {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(column.len());
    for (place, item) in column.iter().enumerate() {
        if let Some(above) = place.checked_sub(1).map(|above| column[above]) {
            let gap = if items[above].node.is_some() && items[*item].node.is_some() { ROW_GAP } else { BEND_GAP };
            offset += items[above].height / 2.0 + gap + items[*item].height / 2.0;
        }
        offsets.push(offset);
    }
    // Neighbours whose wishes are the wrong way round are joined to a block that moves as one.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (place, item) in column.iter().enumerate() {
        let wished = wish(items, *item).unwrap_or(items[*item].middle);
        let mut block = (wished - offsets[place], 1);
        while let Some((above, size)) = blocks.last().copied() {
            if above <= block.0 {
                break;
            }
            let joined = size + block.1;
            block = ((above * size as f64 + block.0 * block.1 as f64) / joined as f64, joined);
            blocks.pop();
        }
        blocks.push(block);
    }
    let starts = blocks.iter().flat_map(|(start, size)| std::iter::repeat_n(*start, *size));
    for ((item, offset), start) in column.iter().zip(offsets).zip(starts) {
        items[*item].middle = start + offset;
    }
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

fn draw(graph: &Graph, labels: &[Vec<String>], columns: &[Vec<usize>], items: &[Item], lines: &[Line<'_>]) -> String {
    let mut left = vec![0.0; columns.len()];
    let mut widths = vec![0.0; columns.len()];
    let mut x = MARGIN;
    for (column, members) in columns.iter().enumerate() {
        widths[column] = members.iter().map(|item| items[*item].width).fold(0.0, f64::max);
        left[column] = x;
        x += widths[column] + COLUMN_GAP;
    }
    let width = (x - COLUMN_GAP).max(MARGIN) + MARGIN;
    let height = items.iter().map(|item| item.middle + item.height / 2.0).fold(MARGIN, f64::max) + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"{FONT}\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto-start-reverse\"><path d=\"M0,1 L7,4 L0,7 z\" fill=\"#64748b\"/></marker></defs>\n"
    );
    for line in lines {
        edge(line, items, &left, &widths, &mut out);
    }
    for (number, Node { label, kind, .. }) in graph.nodes.iter().enumerate() {
        let Item { column, width, height, middle, .. } = items[number];
        let (x, y) = (left[column], middle - height / 2.0);
        let (inside, border) = kind.colours();
        let _ = write!(
            out,
            "<g><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"6\" \
             fill=\"{inside}\" stroke=\"{border}\"/>",
            escape(label)
        );
        for (row, text) in labels[number].iter().enumerate() {
            let y = y + PADDING + (row as f64 + 0.78) * LINE;
            let _ = write!(out, "<text x=\"{:.1}\" y=\"{y:.1}\" fill=\"#111827\">{}</text>", x + PADDING, escape(text));
        }
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

/// Draws an edge from the right side of a node, through its points, to the left side of another.
fn edge(line: &Line<'_>, items: &[Item], left: &[f64], widths: &[f64], out: &mut String) {
    let start = |number: usize| (left[items[number].column], items[number].middle);
    let mut points = Vec::new();
    for (place, number) in line.path.iter().enumerate() {
        let (x, y) = start(*number);
        match items[*number].node {
            None => points.extend([(x, y), (x + widths[items[*number].column], y)]),
            Some(_) if place == 0 => points.push((x + items[*number].width, y)),
            Some(_) => points.push((x, y)),
        }
    }
    let mut path = String::new();
    if line.from == line.to {
        let Item { width, height, middle, column, .. } = items[line.from];
        let (x, y) = (left[column] + width, middle - height / 4.0);
        let _ = write!(path, "M{x:.1},{y:.1} c26,-14 26,{:.1} 0,{:.1}", height / 2.0 + 14.0, height / 2.0);
    } else {
        for (place, (x, y)) in points.iter().enumerate() {
            match place.checked_sub(1).map(|before| points[before]) {
                None => {
                    let _ = write!(path, "M{x:.1},{y:.1}");
                }
                Some((_, before)) if (before - y).abs() < 0.05 => {
                    let _ = write!(path, " L{x:.1},{y:.1}");
                }
                Some((from, before)) => {
                    let bend = (x - from) / 2.0;
                    let _ = write!(path, " C{:.1},{before:.1} {:.1},{y:.1} {x:.1},{y:.1}", from + bend, x - bend);
                }
            }
        }
    }
    let (end, dash) = if line.back && line.from != line.to {
        ("marker-start", " stroke-dasharray=\"5 3\"")
    } else {
        ("marker-end", "")
    };
    let _ = writeln!(out, "<path d=\"{path}\" fill=\"none\" stroke=\"#64748b\"{dash} {end}=\"url(#arrow)\"/>");
    if line.label.is_empty() {
        return;
    }
    // The label stands where the edge has just left its node.
    let (x, y) = match (line.from == line.to, points.as_slice()) {
        (false, [(x, y), (next, to), ..]) => ((x + next) / 2.0, (y + to) / 2.0 - 3.0),
        _ => (left[items[line.from].column] + items[line.from].width + 22.0, items[line.from].middle),
    };
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"10\" text-anchor=\"middle\" fill=\"#334155\" stroke=\"#ffffff\" \
         stroke-width=\"3\" paint-order=\"stroke\">{}</text>",
        escape(line.label)
    );
}

/// Breaks a label into lines, at spaces.
fn wrap(label: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in label.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LINE_CHARS {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// About how wide a text is in the font of the drawing.
fn text_width(text: &str) -> f64 {
    let of = |c: char| match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')' | '[' | ']' => {
            0.34
        }
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.88,
        'A'..='Z' => 0.7,
        c if c.is_ascii() => 0.57,
        // Letters of other scripts may be as wide as they are high.
        c if (c as u32) < 0x1100 => 0.62,
        _ => 1.0,
    };
    text.chars().map(of).sum::<f64>() * FONT
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
