//! Training on several machines: LightGBM's own data-parallel learner.

mod meeting;

use crate::ffi::Network;
use crate::{Code, Control, Error, Parameters};
use meeting::Meeting;
use pilotlight_columns::Dataset;
use std::net::SocketAddr;
use std::time::Duration;

/// The machines of one training. Each is handed the same files and parameters, learns from its share of the row groups, and ends with
/// the same model; validation rows are all of them on every machine, so that all stop at the same iteration.
#[derive(Debug, Clone)]
pub struct Machines {
    /// `ip:port` of every machine, in the same order everywhere, each once.
    pub addresses: Vec<String>,
    /// Which of them this is.
    pub place: usize,
    /// How long to wait for the others before training.
    pub wait: Duration,
}

impl Machines {
    /// This machine's rows of the data.
    ///
    /// # Errors
    /// [`Code::NoRows`] where there are fewer row groups than machines.
    pub(crate) fn share(&self, whole: &Dataset) -> Result<Dataset, Error> {
        // All look at all shares, so that none waits for one that has stopped here.
        let count = self.addresses.len();
        let has_rows = |place: usize| whole.share(place, count).rows() > 0;
        if whole.rows() == 0 || (0..count).all(has_rows) {
            return Ok(whole.share(self.place, count));
        }
        let what = format!(
            "the training rows are in fewer row groups than the {} machines",
            self.addresses.len()
        );
        let place = whole
            .files()
            .next()
            .map(|file| file.display().to_string())
            .unwrap_or_default();
        let todo = "use fewer machines, or write smaller row groups";
        Err(Error::new(Code::NoRows, place, what, todo))
    }

    /// Waits until all machines are there and have been handed the same, then links them. `handed` stands for data and parameters.
    ///
    /// # Errors
    /// [`Code::Machines`] where one does not come or was handed something else; as [`Machines::addresses`].
    pub(crate) fn join(&self, handed: u64, control: &Control) -> Result<Network, Error> {
        let addresses = self.addresses()?;
        let meeting = Meeting {
            addresses: &addresses,
            place: self.place,
            handed,
            wait: self.wait,
        };
        meeting.hold(control)?;
        Network::join(&self.addresses, self.place, addresses[self.place].port())
    }

    /// The addresses, this machine's place among them checked.
    ///
    /// # Errors
    /// [`Code::BadParameter`] for addresses that are none.
    pub(crate) fn addresses(&self) -> Result<Vec<SocketAddr>, Error> {
        let bad = |what: String| {
            let todo = "give ip:port of each machine once, and which of them this is";
            Error::new(Code::BadParameter, "machines", what, todo)
        };
        let read = |text: &String| {
            let address = text.parse().ok();
            let usable = address.filter(|a: &SocketAddr| a.is_ipv4() && a.port() > 0);
            usable.ok_or_else(|| bad(format!("'{text}' is no ip:port")))
        };
        let addresses = self
            .addresses
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, _>>()?;
        let mut known = addresses.clone();
        known.sort();
        known.dedup();
        if known.len() < addresses.len() {
            return Err(bad("an address stands there twice".into()));
        }
        if self.place >= addresses.len() {
            return Err(bad(format!(
                "machine {} of {}",
                self.place,
                addresses.len()
            )));
        }
        Ok(addresses)
    }

    /// The learner that shares rows, unless another parallel one is asked for.
    pub(crate) fn configure(&self, parameters: &mut Parameters) -> Result<(), Error> {
        let learner = parameters.get("tree_learner").unwrap_or("serial");
        match learner {
            "serial" | "data" | "data_parallel" => {
                parameters.set("tree_learner", "data".into());
            }
            "voting" | "voting_parallel" => {}
            other => {
                return Err(Error::new(
                    Code::BadParameter,
                    "tree_learner",
                    format!("'{other}' cannot be used on several machines here"),
                    "use data or voting",
                ));
            }
        }
        parameters.set("num_machines", self.addresses.len().to_string());
        Ok(())
    }
}
