//! The words of the sync's policy.

/// What to do when both sides changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// The later change stands; a tie goes to Salesforce.
    #[default]
    Latest,
    /// The program's value stands.
    Program,
    /// The campaign's value stands.
    Campaign,
}

impl OnConflict {
    /// The policy of a word.
    pub fn find(word: &str) -> Option<Self> {
        match word {
            "latest" => Some(Self::Latest),
            "program" => Some(Self::Program),
            "campaign" => Some(Self::Campaign),
            _ => None,
        }
    }
}

/// What to do when the campaign's status has a strictly lower step than the program's and would replace it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backward {
    /// It replaces it.
    #[default]
    Accept,
    /// Both stay as they are until one of them changes again.
    Refuse,
    /// The program's status is pushed back to the campaign.
    Restore,
}

impl Backward {
    /// The policy of a word.
    pub fn find(word: &str) -> Option<Self> {
        match word {
            "accept" => Some(Self::Accept),
            "refuse" => Some(Self::Refuse),
            "restore" => Some(Self::Restore),
            _ => None,
        }
    }
}
