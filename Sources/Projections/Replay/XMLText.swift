// Text in XML: what came from the network may hold anything, and XML allows little.

/// Text as it may stand in an XML 1.0 document.
enum XMLText {
    /// In an element or an attribute.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in allowed(text).unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Without the characters that no document may have (XML 1.0 §2.2).
    static func allowed(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x9, 0xa, 0xd, 0x20...0x7e, 0xa0...0xfffd, 0x1_0000...: out.append(scalar)
            default: out.append("?")
            }
        }
        return String(out)
    }
}
