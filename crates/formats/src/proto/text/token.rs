//! The words of the text form, each with its line and column.

use crate::error::{Error, Place, Position, quoted};

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// An identifier; also true, false, inf, nan and names of enumerations.
    Name(String),
    /// Anything that begins as a number does.
    Number(String),
    /// A quoted string, unescaped; adjacent strings are joined. UTF-8.
    Text(Vec<u8>),
    /// Punctuation.
    Symbol(char),
    /// The end of the file.
    End,
}

impl Token {
    /// The word as a message may show it.
    pub fn show(&self) -> String {
        match self {
            Token::Name(text) | Token::Number(text) => quoted(text),
            Token::Text(bytes) => format!("the text {}", quoted(&String::from_utf8_lossy(bytes))),
            Token::Symbol(symbol) => format!("{symbol:?}"),
            Token::End => "the end of the file".into(),
        }
    }
}

/// The words of a file, read one ahead.
pub(super) struct Tokens<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    place: &'t Place,
    line: u32,
    column: u32,
    next: Token,
    next_position: Position,
}

impl<'t> Tokens<'t> {
    /// The words of `text`.
    pub fn new(text: &'t str, place: &'t Place) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let rest = text.chars().peekable();
        let next_position = Position::None;
        let mut tokens = Tokens { rest, place, line: 1, column: 1, next: Token::End, next_position };
        tokens.next()?;
        Ok(tokens)
    }

    /// The next word, which stays.
    pub fn peek(&self) -> &Token {
        &self.next
    }

    /// Where the next word begins.
    pub fn position(&self) -> Position {
        self.next_position
    }

    /// The file at the next word.
    pub fn place(&self) -> Place {
        self.place.at(self.next_position)
    }

    /// Takes the next word.
    pub fn next(&mut self) -> Result<Token, Error> {
        self.skip_blank();
        let position = self.here();
        let token = self.scan()?;
        self.next_position = position;
        Ok(std::mem::replace(&mut self.next, token))
    }

    /// Takes the next word if it is `symbol`.
    pub fn eat(&mut self, symbol: char) -> Result<bool, Error> {
        let found = self.next == Token::Symbol(symbol);
        if found {
            self.next()?;
        }
        Ok(found)
    }

    fn here(&self) -> Position {
        Position::Text { line: self.line, column: self.column }
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            (self.line, self.column) = (self.line.saturating_add(1), 1);
        } else {
            self.column = self.column.saturating_add(1);
        }
        Some(c)
    }

    fn skip_blank(&mut self) {
        while let Some(&c) = self.rest.peek() {
            if c == '#' {
                while self.rest.peek().is_some_and(|&c| c != '\n') {
                    self.bump();
                }
            } else if c.is_whitespace() {
                self.bump();
            } else {
                return;
            }
        }
    }

    fn scan(&mut self) -> Result<Token, Error> {
        let position = self.here();
        let Some(&first) = self.rest.peek() else {
            return Ok(Token::End);
        };
        match first {
            'a'..='z' | 'A'..='Z' | '_' => Ok(Token::Name(self.word())),
            '0'..='9' | '.' => Ok(Token::Number(self.word())),
            '-' | '+' => {
                self.bump();
                self.skip_blank();
                let digits = self.word();
                Ok(Token::Number(if first == '-' { format!("-{digits}") } else { digits }))
            }
            '"' | '\'' => self.text(),
            '{' | '}' | '<' | '>' | '[' | ']' | ':' | ',' | ';' => {
                self.bump();
                Ok(Token::Symbol(first))
            }
            other => Err(Error::malformed(self.place.at(position), format!("{other:?}"), "a name, value or brace")),
        }
    }

    /// Letters, digits, dots, and the sign of an exponent.
    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(&c) = self.rest.peek() {
            let number = word.starts_with(|c: char| c.is_ascii_digit() || c == '.') && !word.starts_with("0x");
            let sign = matches!(c, '+' | '-') && number && word.ends_with(['e', 'E']);
            if !(c.is_ascii_alphanumeric() || c == '_' || c == '.' || sign) {
                break;
            }
            word.push(c);
            self.bump();
        }
        word
    }

    fn text(&mut self) -> Result<Token, Error> {
        let start = self.here();
        let mut bytes = Vec::new();
        while let Some(&quote @ ('"' | '\'')) = self.rest.peek() {
            self.bump();
            loop {
                let position = self.here();
                match self.bump() {
                    Some('\\') => self.escape(position, &mut bytes)?,
                    Some(c) if c == quote => break,
                    Some(c) if c != '\n' => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    _ => {
                        return Err(Error::malformed(
                            self.place.at(position),
                            "a text without end",
                            "its closing quote",
                        ));
                    }
                }
            }
            self.skip_blank();
        }
        if std::str::from_utf8(&bytes).is_err() {
            return Err(Error::malformed(self.place.at(start), "escapes that are not UTF-8", "text"));
        }
        Ok(Token::Text(bytes))
    }

    fn escape(&mut self, position: Position, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let byte = match self.bump() {
            Some('n') => b'\n',
            Some('r') => b'\r',
            Some('t') => b'\t',
            Some(c @ ('\\' | '"' | '\'' | '?')) => c as u8,
            Some('x' | 'X') => self.digits(16, 2, 0),
            Some(c @ '0'..='7') => self.digits(8, 2, c as u32 - '0' as u32),
            _ => {
                let expected = "\\n, \\r, \\t, \\\\, a quote, \\x or octal digits";
                return Err(Error::malformed(self.place.at(position), "an unknown escape", expected));
            }
        };
        bytes.push(byte);
        Ok(())
    }

    fn digits(&mut self, radix: u32, most: usize, mut value: u32) -> u8 {
        for _ in 0..most {
            match self.rest.peek().and_then(|c| c.to_digit(radix)) {
                Some(digit) => value = value * radix + digit,
                None => break,
            }
            self.bump();
        }
        value as u8
    }
}
