use super::*;
use crate::model::names::subscriber_hash;
use crate::model::settings::Former;
use crate::model::settings::tests::regions;

fn options(up: &Up) -> Result<Options, Failure> {
    Options::new(up, &|_| None)
}

fn usage(result: Result<Options, Failure>) -> String {
    match result {
        Err(Failure::Usage(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn up(regions: [&str; 3]) -> Up {
    let [primary, secondary, tertiary] = regions.map(|region| Some(region.to_owned()));
    Up { primary, secondary, tertiary, ..Up::default() }
}

#[test]
fn a_first_up_needs_its_regions() {
    let none = options(&Up::default()).unwrap().resolve(None, None).unwrap_err();
    assert!(none.to_string().contains("--primary is missing: mrbackup up --primary us-east-1"));
    let mut only_primary = up(["us-east-1", "", ""]);
    (only_primary.secondary, only_primary.tertiary) = (None, None);
    let error = options(&only_primary).unwrap().resolve(None, None).unwrap_err();
    assert!(error.to_string().contains("--secondary is missing"));
}

#[test]
fn what_is_recorded_stays() {
    let recorded = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
    let bare = options(&Up::default()).unwrap();
    assert_eq!(bare.resolve(None, Some(&recorded)).unwrap().for_id("id"), recorded);
    let same = options(&up(["us-east-1", "us-west-2", "eu-west-1"])).unwrap();
    assert_eq!(same.resolve(None, Some(&recorded)).unwrap().for_id("id"), recorded);
}

#[test]
fn regions_are_changed_added_and_dropped() {
    let recorded = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
    let settled = |up: Up| options(&up).unwrap().resolve(None, Some(&recorded));
    let names = |up: Up| -> Vec<String> {
        settled(up).unwrap().settings.regions.names().iter().map(ToString::to_string).collect()
    };
    let list = |region: &str| vec![region.to_owned()];
    let tertiary = Some("eu-west-2".to_owned());
    assert_eq!(names(Up { tertiary, ..Up::default() }), ["us-east-1", "us-west-2", "eu-west-2"]);
    assert_eq!(
        names(Up { copy_to: list("ap-south-1"), ..Up::default() }),
        ["us-east-1", "us-west-2", "eu-west-1", "ap-south-1"]
    );
    assert_eq!(
        names(Up { drop_region: list("eu-west-1"), ..Up::default() }),
        ["us-east-1", "us-west-2"]
    );
    let refusal = settled(Up { drop_region: list("us-west-2"), ..Up::default() }).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "--drop-region us-west-2: that is the secondary region; name another in its place with --secondary"
    );
    let both = settled(Up { copy_to: list("us-west-2"), ..Up::default() }).unwrap_err();
    assert!(both.to_string().contains("--secondary and --copy-to are both us-west-2"));
    let four = ["ap-south-1", "ap-northeast-1", "ap-southeast-1", "ap-southeast-2"];
    let copy_to = four.map(str::to_owned).to_vec();
    let refusal = settled(Up { copy_to, ..Up::default() }).unwrap_err();
    assert!(refusal.to_string().starts_with("6 regions to copy to are too many"));
}

#[test]
fn addresses_are_added_and_removed_as_hashes() {
    let recorded = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
    let add = Up { email: vec!["a@example.com".to_owned()], ..Up::default() };
    let with = options(&add).unwrap().resolve(None, Some(&recorded)).unwrap().for_id("id");
    assert_eq!(with.subscribers, BTreeSet::from([subscriber_hash("id", "a@example.com")]));
    let remove = Up { remove_email: vec!["A@example.com".to_owned()], ..Up::default() };
    let without = options(&remove).unwrap().resolve(None, Some(&with)).unwrap().for_id("id");
    assert_eq!(without.former.subscribers, with.subscribers);
    assert_eq!(Settings { former: Former::default(), ..without }, recorded);
    let both = Up { remove_email: vec!["a@example.com".to_owned()], ..add };
    assert!(usage(options(&both)).contains("both to be added and to be removed"));
}

#[test]
fn flags_beat_the_environment_and_an_empty_variable_is_unset() {
    let env = |name: &str| match name {
        "MRBACKUP_PRIMARY" => Some("eu-west-1".to_owned()),
        "MRBACKUP_SECONDARY" => Some("us-west-2".to_owned()),
        "MRBACKUP_TERTIARY" => Some(String::new()),
        _ => None,
    };
    let typed = Up { primary: Some("us-east-1".to_owned()), ..Up::default() };
    let options = Options::new(&typed, &env).unwrap();
    let regions: Vec<String> = options.regions().iter().map(|(r, _)| r.to_string()).collect();
    assert_eq!(regions, ["us-east-1", "us-west-2"]);
}

#[test]
fn bad_regions_name_their_flag() {
    let message = usage(options(&up(["us-east-9", "us-west-2", "eu-west-1"])));
    assert!(message.starts_with("--primary: \"us-east-9\" is not a region"), "{message}");
    let message = usage(options(&up(["us-east-1", " US-EAST-1 ", "eu-west-1"])));
    assert!(message.contains("--primary and --secondary are both us-east-1"), "{message}");
}
