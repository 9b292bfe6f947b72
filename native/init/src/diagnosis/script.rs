//! The `#!` line of a script, as the kernel reads it (fs/binfmt_script.c).

/// Number of bytes at the start of a program that the kernel reads.
pub const BUFFER: usize = 256;

/// The interpreter in `head`, the start of a file: `#!` and at most [`BUFFER`] bytes. The error
/// says what is wrong with the line.
pub fn interpreter(head: &[u8]) -> Result<String, &'static str> {
    let line = head.get(2..).unwrap_or_default();
    let end = line.iter().position(|byte| *byte == b'\n');
    let is_complete = end.is_some() || head.len() < BUFFER;
    let line = &line[..end.unwrap_or(line.len())];
    let start = line.iter().position(|byte| !is_blank(*byte));
    let name = start.map(|start| &line[start..]).unwrap_or_default();
    let length = name.iter().position(|byte| is_blank(*byte) || *byte == 0);
    let name = &name[..length.unwrap_or(name.len())];
    if length.is_none() && !is_complete {
        return Err("has a #! line whose interpreter ends after the 255 bytes that the kernel reads");
    }
    if name.is_empty() {
        return Err("has a #! line that names no interpreter");
    }
    Ok(String::from_utf8_lossy(name).into_owned())
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_is_the_first_word_of_the_line() {
        for (head, expected) in [
            ("#!/bin/sh\n", Ok("/bin/sh")),
            ("#!/bin/sh", Ok("/bin/sh")),
            ("#!  \t/bin/sh -e -x\nexit\n", Ok("/bin/sh")),
            ("#!/bin/sh\r\n", Ok("/bin/sh\r")),
            ("#!/bin/sh\0rest\n", Ok("/bin/sh")),
            ("#!sh\n", Ok("sh")),
            ("#!", Err("has a #! line that names no interpreter")),
            ("#! \t \n/bin/sh", Err("has a #! line that names no interpreter")),
        ] {
            assert_eq!(
                interpreter(head.as_bytes()),
                expected.map(String::from),
                "{head:?}"
            );
        }
    }

    #[test]
    fn an_interpreter_that_is_cut_off_is_told_and_an_argument_may_be() {
        let name = format!("#!/{}", "x".repeat(400));
        assert!(interpreter(&name.as_bytes()[..BUFFER]).is_err());
        let argument = format!("#!/bin/sh {}", "x".repeat(400));
        assert_eq!(interpreter(&argument.as_bytes()[..BUFFER]), Ok("/bin/sh".into()));
        let fits = format!("#!/{}\n", "x".repeat(252));
        assert!(interpreter(fits.as_bytes()).is_ok());
    }
}
