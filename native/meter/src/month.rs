//! What is known of one customer in one month.

use crate::amount::NEGATIVE;
use crate::scan::Reading;

/// No index.
pub(crate) const NONE: u32 = u32::MAX;

/// Readings of one customer in one month: a stretch of them while they are read, all of them in the store. 128 bytes.
#[derive(Debug, Clone)]
pub(crate) struct Month {
    /// Units of [`crate::amount`] by tariff period.
    elec: [i128; 3],
    gas: [i128; 3],
    pub readings: u32,
    pub holiday_hours: u32,
    pub negative_elec: u32,
    pub negative_gas: u32,
    /// The month's bits in the store, or [`NONE`] where the slots are those from `first` to `last`, each once.
    pub bits: u32,
    /// The customer's next month in the store, or [`NONE`].
    pub next: u32,
    pub first: u16,
    pub last: u16,
    /// `year * 12 + month - 1`.
    pub month: u16,
    /// Whether a reading of electricity is valid.
    has_elec: bool,
    has_gas: bool,
}

impl Month {
    /// Without readings; the first is to be of that slot.
    pub fn starting(month: u16, slot: u16) -> Month {
        Month {
            elec: [0; 3],
            gas: [0; 3],
            readings: 0,
            holiday_hours: 0,
            negative_elec: 0,
            negative_gas: 0,
            bits: NONE,
            next: NONE,
            first: slot,
            last: slot,
            month,
            has_elec: false,
            has_gas: false,
        }
    }

    /// Adds one reading; its slot is the caller's to note.
    #[inline]
    pub fn add(&mut self, reading: &Reading) {
        let period = usize::from(reading.period);
        self.readings += 1;
        self.holiday_hours += u32::from(reading.is_holiday);
        if reading.elec >= 0 {
            self.elec[period] += reading.elec;
            self.has_elec = true;
        } else if reading.elec == NEGATIVE {
            self.negative_elec += 1;
            self.has_elec = true;
        }
        if reading.gas >= 0 {
            self.gas[period] += reading.gas;
            self.has_gas = true;
        } else if reading.gas == NEGATIVE {
            self.negative_gas += 1;
            self.has_gas = true;
        }
    }

    /// Adds the sums and counts of another stretch of the same month.
    pub fn absorb(&mut self, other: &Month) {
        for period in 0..3 {
            self.elec[period] += other.elec[period];
            self.gas[period] += other.gas[period];
        }
        self.readings += other.readings;
        self.holiday_hours += other.holiday_hours;
        self.negative_elec += other.negative_elec;
        self.negative_gas += other.negative_gas;
        self.has_elec |= other.has_elec;
        self.has_gas |= other.has_gas;
    }

    /// Electricity by tariff period in units; nothing without a valid reading in the whole month.
    pub fn elec(&self) -> Option<[i128; 3]> {
        self.has_elec.then_some(self.elec)
    }

    /// Gas by tariff period in units; nothing without a valid reading in the whole month.
    pub fn gas(&self) -> Option<[i128; 3]> {
        self.has_gas.then_some(self.gas)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn is_as_small_as_its_comment_says() {
        assert_eq!(std::mem::size_of::<super::Month>(), 128);
    }
}
