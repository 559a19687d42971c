//! The real program: what it says, and that it ends with its input.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

#[test]
fn it_says_where_it_listens_obeys_lines_and_ends_with_its_input() {
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_confab-proxy"))
        .arg(target.local_addr().unwrap().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = || output.next().unwrap().unwrap();
    let address = line().strip_prefix("listening ").unwrap().to_owned();

    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"hi").unwrap();
    let (mut served, _) = target.accept().unwrap();
    let mut heard = [0; 2];
    served.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"hi");

    input.write_all(b"running sing\ncount\nrunning reset\n").unwrap();
    assert_eq!(line(), "error no command: running sing");
    assert_eq!(line(), "accepted 1 up 2 down 0");
    assert_eq!(line(), "ok");
    client.read_exact(&mut heard).unwrap_err();
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn without_a_target_it_says_how_it_is_used() {
    let output = Command::new(env!("CARGO_BIN_EXE_confab-proxy")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("usage: confab-proxy"));
}
