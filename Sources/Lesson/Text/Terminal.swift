import Foundation

extension Lesson {
    /// Steps through the lesson in the terminal: → or Enter for the next step, ← back, Home and End, p to predict each number
    /// before it is shown, q to end. Where input or output is no terminal, prints ``text(decimals:)``.
    ///
    /// - `predicting`: Whether it begins by asking.
    public func play(predicting: Bool = false) {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, let terminal = Terminal() else {
            print(text(), terminator: "")
            return
        }
        var player = TextPlayer(self, predicting: predicting, colour: Terminal.hasColour)
        while !player.isDone {
            let size = Terminal.size
            terminal.draw(player.screen(width: size.width, height: size.height))
            guard let key = terminal.readKey() else { break }
            player.press(key)
        }
    }
}

/// A terminal that gives keys as they are pressed, until this object goes.
private final class Terminal {
    private var before = termios()

    /// Nil where the terminal does not let itself be set.
    init?() {
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
        var settings = before
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) == 0 else { return nil }
        // A screen of its own, without a cursor.
        write("\u{1B}[?1049h\u{1B}[?25l")
    }

    deinit {
        write("\u{1B}[?25h\u{1B}[?1049l")
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
    }

    static var hasColour: Bool {
        let environment = ProcessInfo.processInfo.environment
        return environment["TERM"].map { $0 != "dumb" } ?? false && environment["NO_COLOR", default: ""].isEmpty
    }

    static var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    func draw(_ lines: [String]) {
        write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }

    private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    private func readByte() -> UInt8? {
        var byte: UInt8 = 0
        return read(STDIN_FILENO, &byte, 1) == 1 ? byte : nil
    }

    /// The next key; nil when there are no more.
    func readKey() -> TextPlayer.Key? {
        while let byte = readByte() {
            switch byte {
            case 3, 4: return .quit
            case 10, 13: return .next
            case 8, 127: return .erase
            case 27: if let key = readEscape() { return key }
            case 32...126: return .character(Character(UnicodeScalar(byte)))
            default: continue
            }
        }
        return nil
    }

    /// What follows an escape: `[C` and the like, or `[4~`.
    private func readEscape() -> TextPlayer.Key? {
        guard let opening = readByte(), opening == UInt8(ascii: "[") || opening == UInt8(ascii: "O"),
            var byte = readByte()
        else { return nil }
        let first = byte
        while byte < 64 {  // parameters, up to the letter or tilde that ends them
            guard let next = readByte() else { return nil }
            byte = next
        }
        switch (byte, first) {
        case (UInt8(ascii: "C"), _), (UInt8(ascii: "B"), _): return .next
        case (UInt8(ascii: "D"), _), (UInt8(ascii: "A"), _): return .back
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), UInt8(ascii: "1")): return .first
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), UInt8(ascii: "4")): return .last
        default: return nil
        }
    }
}
