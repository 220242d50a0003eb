//! Start and completion windows.

use crate::lint::catalog::Check;
use crate::lint::rules::{Found, Of};
use crate::model::settings::table::{
    COMPLETION_WINDOW_MINUTES, START_WINDOW_MIN, START_WINDOW_MINUTES, WINDOW_MAX,
};

pub(super) fn check(of: &Of<'_>, found: &mut Found) {
    let rule = of.rule;
    if let Some(minutes) = rule.start_window.value.get() {
        if *minutes < START_WINDOW_MIN {
            let text = format!(
                "the start window is {minutes} minutes, and AWS takes no less than {START_WINDOW_MIN}"
            );
            of.add(found, Check::StartWindow, rule.start_window.line, text, None);
        } else if *minutes > WINDOW_MAX {
            let text = format!(
                "the start window is {minutes} minutes, and AWS takes at most {WINDOW_MAX} (100 years)"
            );
            of.add(found, Check::StartWindow, rule.start_window.line, text, None);
        }
    }
    let (start, completion) = (&rule.start_window, &rule.completion_window);
    let (Some(starts), Some(completes)) =
        (start.value.or(START_WINDOW_MINUTES), completion.value.or(COMPLETION_WINDOW_MINUTES))
    else {
        return;
    };
    let needed = starts.saturating_add(60);
    if completes < needed && starts <= WINDOW_MAX {
        let text = format!(
            "the completion window is {completes} minutes and the start window {starts}: it has to be at least {needed}"
        );
        let fix = format!(
            "set a completion window of at least {needed} minutes, or leave it out: the default is {COMPLETION_WINDOW_MINUTES}"
        );
        of.add(found, Check::CompletionWindow, completion.line.or(start.line), text, Some(fix));
    } else if completes > WINDOW_MAX {
        let text = format!(
            "the completion window is {completes} minutes, and AWS takes at most {WINDOW_MAX} (100 years)"
        );
        of.add(found, Check::CompletionWindow, completion.line, text, None);
    }
}
