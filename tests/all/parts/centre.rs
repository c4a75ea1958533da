//! An SMS center that speaks SMPP 3.4 as far as a gateway needs it, and refuses the numbers that end in 9.
//!
//! The fake center that comes with Kannel delivers everything; this one is for the reports of what is not.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

const SUBMIT: u32 = 0x0000_0004;
const RESPONSE: u32 = 0x8000_0000;

/// "Invalid destination address".
const REFUSED: u32 = 0x0000_000b;

/// A center on a port of its own, for as long as the tests run.
pub(crate) fn start() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A gateway that hangs up is gone.
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    loop {
        let mut head = [0; 16];
        stream.read_exact(&mut head)?;
        let number = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let (length, command, sequence) = (number(0), number(4), number(12));
        let mut body = vec![0; length as usize - 16];
        stream.read_exact(&mut body)?;
        if command & RESPONSE != 0 {
            continue;
        }
        let refused = command == SUBMIT && destination(&body).ends_with('9');
        let status = if refused { REFUSED } else { 0 };
        let id: &[u8] = if refused { b"" } else { b"centre\0" };
        let answer = [16 + id.len() as u32, command | RESPONSE, status, sequence];
        let answer: Vec<u8> = answer.iter().flat_map(|number| number.to_be_bytes()).collect();
        stream.write_all(&[&answer, id].concat())?;
    }
}

/// The number a `submit_sm` goes to. Before it stand the service, and the source's type, plan and number; before each
/// number a byte for its type and one for its plan.
fn destination(body: &[u8]) -> String {
    let end_of = |start: usize| start + body[start..].iter().position(|byte| *byte == 0).unwrap();
    let source = end_of(0) + 1 + 2;
    let destination = end_of(source) + 1 + 2;
    String::from_utf8(body[destination..end_of(destination)].to_vec()).unwrap()
}
