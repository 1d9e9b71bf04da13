//! Couriers carry committed action records out of the house: to the webhooks that rules call, and into a
//! file.
//!
//! Commit first, act after: a courier reads the outbox, so what it carries is durable, and notes how far it came. Killed in
//! between it carries the last ones again, with the same key. Each webhook has a courier of its own, so that one that does not
//! answer holds up nobody else. Start at [`Couriers::follow`].

mod file;
mod letters;
mod webhook;

use std::collections::BTreeMap;

use tokio::task::JoinHandle;

pub use file::ActionsTo;
pub(super) use file::carry as carry_to;
pub(super) use letters::{DeadLetter, DeadLetters, LETTERS};
pub use webhook::{BadSecret, Secret};
pub(super) use webhook::{WEBHOOK, Webhook as WebhookAddress};

use super::desk::{Addresses, Desk};
use super::outbox::Outbox;
use webhook::Webhook;

/// The couriers of the webhooks that the rules declare now.
pub(super) struct Couriers {
    desk: Desk,
    outbox: Outbox,
    letters: DeadLetters,
    secret: Option<Secret>,
    client: reqwest::Client,
    running: BTreeMap<String, (Webhook, JoinHandle<()>)>,
}

impl Couriers {
    /// Keeps a courier for each webhook, for as long as the desk is open, and as the rules change.
    pub(super) async fn follow(
        desk: Desk,
        outbox: Outbox,
        letters: DeadLetters,
        secret: Option<Secret>,
        client: reqwest::Client,
    ) {
        let mut addresses = desk.addresses();
        let mut couriers = Self { desk, outbox, letters, secret, client, running: BTreeMap::new() };
        loop {
            let now = addresses.borrow_and_update().clone();
            couriers.are_to_be(now);
            if addresses.changed().await.is_err() {
                return;
            }
        }
    }

    /// Starts couriers that are missing and ends those that nobody needs any more.
    fn are_to_be(&mut self, addresses: Addresses) {
        self.running.retain(|name, (webhook, courier)| {
            let stays = addresses.get(name).is_some_and(|address| address.webhook == *webhook);
            if !stays {
                courier.abort();
            }
            stays
        });
        for (name, address) in addresses {
            if self.running.contains_key(&name) {
                continue;
            }
            let work = webhook::carry(
                name.clone(),
                address.webhook.clone(),
                address.carried,
                (self.desk.clone(), self.outbox.clone(), self.letters.clone()),
                (self.client.clone(), self.secret.clone()),
            );
            self.running.insert(name, (address.webhook, tokio::spawn(work)));
        }
    }
}

impl Drop for Couriers {
    fn drop(&mut self) {
        self.running.values().for_each(|(_, courier)| courier.abort());
    }
}
