//! The function's code by itself: its unit tests, and the Python that it needs.

use std::process::Command;

use crate::local_aws;

/// The function's own unit tests need nothing but the Python environment of the local AWS.
#[test]
fn the_functions_unit_tests_pass() {
    python(&["-B", "-m", "unittest", "discover", "-s", "tests/validator"]);
}

/// Lambda's pinned runtime is Python 3.13; what older grammar takes, it takes too.
#[test]
fn the_functions_code_is_python_of_any_runtime() {
    let parse = "import ast, sys; ast.parse(open(sys.argv[1], encoding='utf-8').read(), feature_version=(3, 10))";
    python(&["-B", "-c", parse, "src/validator/validator.py"]);
}

#[track_caller]
fn python(arguments: &[&str]) {
    let interpreter = match local_aws::python(&|_| {}) {
        Ok(interpreter) => interpreter,
        Err(message) => panic!("{message}"),
    };
    let output = Command::new(interpreter)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the interpreter starts");
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}", text.concat());
}
