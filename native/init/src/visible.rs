//! Text for terminals and logs. Text of images and file names may contain control characters, which
//! a terminal would execute. The TypeScript counterpart is stage0/schema/visible.ts.

use std::fmt::Write;

/// `text` with its control characters escaped (`\x1b`), and those that change the direction of text
/// (`\u202e`). A second call changes nothing more.
pub fn visible(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        let code = u32::from(letter);
        let result = match letter {
            '\n' => escaped.write_str("\\n"),
            '\r' => escaped.write_str("\\r"),
            '\t' => escaped.write_str("\\t"),
            _ if letter.is_control() => write!(escaped, "\\x{code:02x}"),
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                write!(escaped, "\\u{code:04x}")
            }
            _ => escaped.write_char(letter),
        };
        // Writing to a String cannot fail.
        result.unwrap_or_default();
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(
            visible("a\x1b[2Jb\x07\nc\u{9b}d\x7f"),
            "a\\x1b[2Jb\\x07\\nc\\x9bd\\x7f"
        );
        assert_eq!(visible("\u{202e}gpj.exe\r"), "\\u202egpj.exe\\r");
        assert_eq!(visible("ünïcode\\x1b"), "ünïcode\\x1b");
    }
}
