//! Days, tariff periods and the time slots of a month.

use chrono::{Datelike, NaiveDate, Weekday};
use std::collections::HashSet;
use std::ops::Range;

/// Times are whole microseconds since 1970-01-01.
const MINUTE: u64 = 60_000_000;
const DAY: i64 = 86_400_000_000;
const MINUTES_A_DAY: u32 = 1440;
/// Of 1970-01-01, counted from year 1.
const EPOCH_DAY: i64 = 719_163;

/// Names of the tariff periods, in the order of [`Day::periods`]' numbers.
pub(crate) const PERIODS: [&str; 3] = ["tier_1_peak", "tier_2_standard", "tier_3_offpeak"];

/// Monday to Friday by hour: peak 10-13 and 18-21, standard 8-9, 14-17 and 22-23, off-peak before 8.
const WORKING_DAY: [u8; 24] = [
    2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1,
];
const FREE_DAY: [u8; 24] = [2; 24];

/// What becomes of a day's readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// They are added to their month.
    Counted,
    /// They are later than the last day.
    Later,
    /// No month can be told (before year 1, or after 4999).
    Unreadable,
}

/// All that a reading needs to know of its day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Day {
    start: i64,
    pub fate: Fate,
    /// `year * 12 + month - 1`.
    pub month: u16,
    /// From the start of the month to the start of the day.
    pub minutes: u32,
    pub is_holiday: bool,
    /// The tariff period of each hour.
    pub periods: &'static [u8; 24],
}

impl Day {
    /// Minutes from the start of the day to a time of that day; nothing for a time of another day.
    #[inline]
    pub fn minute_of(&self, time: i64) -> Option<u32> {
        let since = time.wrapping_sub(self.start) as u64;
        (since < DAY as u64).then_some((since / MINUTE) as u32)
    }
}

/// Which days count, and which of them are holidays.
pub(crate) struct Calendar {
    /// The first moment after the last day.
    end: i64,
    holidays: HashSet<(u32, u32)>,
}

impl Calendar {
    pub fn new(last_day: NaiveDate, holidays: &[NaiveDate]) -> Calendar {
        let days = i64::from(last_day.num_days_from_ce()) - EPOCH_DAY + 1;
        Calendar {
            end: days * DAY,
            holidays: holidays
                .iter()
                .map(|day| (day.month(), day.day()))
                .collect(),
        }
    }

    /// The day of a time.
    pub fn day_of(&self, time: i64) -> Day {
        let number = time.div_euclid(DAY);
        let date = i32::try_from(number + EPOCH_DAY)
            .ok()
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .filter(|date| (1..5000).contains(&date.year()));
        let mut day = Day {
            start: number.wrapping_mul(DAY),
            fate: Fate::Unreadable,
            month: 0,
            minutes: 0,
            is_holiday: false,
            periods: &FREE_DAY,
        };
        if time >= self.end {
            day.fate = Fate::Later;
        } else if let Some(date) = date {
            day.fate = Fate::Counted;
            day.month = (date.year() as u32 * 12 + date.month0()) as u16;
            day.minutes = date.day0() * MINUTES_A_DAY;
            day.is_holiday = self.holidays.contains(&(date.month(), date.day()));
            if !day.is_holiday && date.weekday().number_from_monday() <= 5 {
                day.periods = &WORKING_DAY;
            }
        }
        day
    }

    /// Whether a time is within the repeated hour of its month.
    pub fn is_repeated(&self, time: i64) -> bool {
        let day = self.day_of(time);
        let minute = day.minutes + day.minute_of(time).unwrap_or(0);
        repeated_hour(day.month).is_some_and(|hour| hour.contains(&minute))
    }
}

/// `YYYY-MM` of a month's number.
pub(crate) fn month_name(month: u16) -> String {
    format!("{:04}-{:02}", month / 12, month % 12 + 1)
}

/// The hour that the autumn clock change gives twice, in minutes since the start of its month: 02:00 of October's last Sunday.
fn repeated_hour(month: u16) -> Option<Range<u32>> {
    let year = i32::from(month / 12);
    let day = (25..=31).find(|&day| {
        let date = NaiveDate::from_ymd_opt(year, 10, day);
        month % 12 == 9 && date.is_some_and(|date| date.weekday() == Weekday::Sun)
    })?;
    let start = (day - 1) * MINUTES_A_DAY + 120;
    Some(start..start + 60)
}

/// A month cut into slots of one reading each, numbered from its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slots {
    minutes: u32,
}

impl Slots {
    pub fn every(minutes: u32) -> Slots {
        Slots { minutes }
    }

    /// The slot of a time, by its minutes since the start of the month.
    #[inline]
    pub fn slot_of(&self, minutes: u32) -> u16 {
        (minutes / self.minutes) as u16
    }

    /// Slots of the longest month.
    pub fn count(&self) -> usize {
        (31 * MINUTES_A_DAY).div_ceil(self.minutes) as usize
    }

    /// The most slots that [`Slots::repeated`] can give.
    pub fn repeated_max(&self) -> usize {
        60usize.div_ceil(self.minutes as usize)
    }

    /// The slots wholly within the repeated hour; a reading may come twice in them. Empty for other months.
    pub fn repeated(&self, month: u16) -> Range<usize> {
        let Some(hour) = repeated_hour(month) else {
            return 0..0;
        };
        let first = hour.start.div_ceil(self.minutes) as usize;
        let end = (hour.end / self.minutes) as usize;
        first..end.max(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn at(text: &str) -> i64 {
        let time = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        time.and_utc().timestamp_micros()
    }

    fn calendar() -> Calendar {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        Calendar::new(day("2024-12-31"), &[day("2024-12-25")])
    }

    #[test]
    fn knows_working_days_weekends_and_holidays() {
        // 2024-12-20 is a Friday, 2024-12-25 a Wednesday and a holiday.
        let friday = calendar().day_of(at("2024-12-20 13:59"));
        assert_eq!((friday.fate, friday.month), (Fate::Counted, 2024 * 12 + 11));
        assert_eq!(friday.minutes, 19 * 1440);
        assert_eq!(friday.minute_of(at("2024-12-20 13:59")), Some(839));
        assert_eq!(friday.minute_of(at("2024-12-21 00:00")), None);
        let by_period = |wanted: u8| -> Vec<usize> {
            (0..24)
                .filter(|&hour| friday.periods[hour] == wanted)
                .collect()
        };
        assert_eq!(by_period(0), [10, 11, 12, 13, 18, 19, 20, 21]);
        assert_eq!(by_period(1), [8, 9, 14, 15, 16, 17, 22, 23]);
        assert_eq!(calendar().day_of(at("2024-12-21 12:00")).periods[12], 2);
        let holiday = calendar().day_of(at("2024-12-25 12:00"));
        assert!(holiday.is_holiday && holiday.periods[12] == 2);
    }

    #[test]
    fn leaves_out_later_days_and_years_that_no_meter_has() {
        let fate = |time: i64| calendar().day_of(time).fate;
        assert_eq!(fate(at("2024-12-31 23:59")), Fate::Counted);
        assert_eq!(fate(at("2025-01-01 00:00")), Fate::Later);
        assert_eq!(fate(i64::MAX), Fate::Later);
        assert_eq!(fate(i64::MIN), Fate::Unreadable);
        assert_eq!(fate(at("1969-12-31 23:00")), Fate::Counted);
        assert_eq!(
            calendar().day_of(-HOUR).minute_of(-HOUR),
            Some(23 * 60),
            "before 1970"
        );
    }

    #[test]
    fn finds_the_repeated_hour() {
        let october = |year: u16| year * 12 + 9;
        assert_eq!(
            repeated_hour(october(2024)),
            Some(26 * 1440 + 120..26 * 1440 + 180)
        );
        assert_eq!(repeated_hour(october(2027)).unwrap().start, 30 * 1440 + 120);
        assert_eq!(repeated_hour(october(2024) + 1), None);
        assert_eq!(Slots::every(60).repeated(october(2024)), 626..627);
        assert_eq!(Slots::every(15).repeated(october(2024)), 2504..2508);
        assert!(Slots::every(1440).repeated(october(2024)).is_empty());
        assert_eq!(Slots::every(60).count(), 744);
    }
}
