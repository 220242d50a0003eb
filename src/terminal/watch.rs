//! A report that is drawn again and again in one place.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::terminal::output::{Detail, on_screen};
use crate::terminal::printable::printable;
use crate::terminal::screen;

/// Where the cursor begins, what clears a line behind it, and what clears all below it.
const HOME: &str = "\u{1b}[H";
const END_OF_LINE: &str = "\u{1b}[K";
const BELOW: &str = "\u{1b}[J";
/// Lines of the screen that a report leaves to the countdown.
const LEFT: usize = 2;

/// Whether there is a screen to draw on.
pub(crate) fn has_screen() -> bool {
    std::io::stdout().is_terminal() && !screen::is_plain()
}

/// Draws the report over the one before. What the screen has no lines for is left out, from the end.
pub(crate) fn redraw(detail: Detail, report: &impl Display) {
    let text = printable(&on_screen(detail, report));
    let mut stdout = anstream::stdout().lock();
    // Nobody may be looking any more; the watch ends by Ctrl-C.
    let _ = write!(stdout, "{HOME}");
    for line in text.lines().take(screen::lines().saturating_sub(LEFT)) {
        let _ = writeln!(stdout, "{line}{END_OF_LINE}");
    }
    let _ = write!(stdout, "{BELOW}");
    let _ = stdout.flush();
}

/// Clears the screen for the first report.
pub(crate) fn clear() {
    let _ = write!(anstream::stdout().lock(), "{HOME}{BELOW}");
}

/// Says when the next look comes, in the line below the report.
pub(crate) fn count_down(left: Duration) {
    let (now, left) = (now(), left.as_secs());
    let mut stdout = anstream::stdout().lock();
    let _ = write!(stdout, "\r{now} · next look in {left} s · Ctrl-C ends{END_OF_LINE}");
    let _ = stdout.flush();
}

/// This moment, as the line above or below a report has it.
pub(crate) fn now() -> String {
    let now: Zoned = Timestamp::now().to_zoned(TimeZone::UTC);
    now.strftime("%a %-d %b %H:%M:%S UTC").to_string()
}
