// How different makes of PBX, phone and carrier write the same message: header order, names, what they
// add. Modelled on what such devices send, so that compression meets the variety it would meet.

import Domain

/// The hand of one make.
struct UserAgent: Sendable {
    /// User-Agent or Server values of the versions that are about.
    let products: [String]
    let order: [Field]
    let branch: NameForm
    let tag: NameForm
    let callID: NameForm
    /// Whether Call-ID ends in `@host`.
    let namesHost: Bool
    let allow: String
    let supported: String
    /// Further lines of an INVITE; {number}, {name}, {host} and {uuid} are filled in.
    let extras: [String]
    let session: SessionStyle

    enum Field: Sendable {
        case via, maxForwards, from, to, contact, callID, cseq, product, allow, supported, extras
    }

    /// The parts of a message that vary from one to the next.
    struct Draft {
        var via = ""
        var from = ""
        var to = ""
        var contact = ""
        var callID = ""
        var cseq = ""
        var isRequest = true
        var product = ""
        /// Whether Allow, Supported and the make's own lines are there.
        var isFull = false
        var extras: [String] = []
        var body = ""
    }

    func message(_ start: String, _ draft: Draft) -> Octets {
        var out: Octets = []
        out.reserveCapacity(1_500)
        func line(_ name: String, _ value: String) {
            guard !value.isEmpty else { return }
            out += name.utf8
            out += ": ".utf8
            out += value.utf8
            out += "\r\n".utf8
        }
        out += start.utf8
        out += "\r\n".utf8
        for field in order {
            switch field {
            case .via: line("Via", draft.via)
            case .maxForwards: line("Max-Forwards", draft.isRequest ? "70" : "")
            case .from: line("From", draft.from)
            case .to: line("To", draft.to)
            case .contact: line("Contact", draft.contact)
            case .callID: line("Call-ID", draft.callID)
            case .cseq: line("CSeq", draft.cseq)
            case .product: line(draft.isRequest ? "User-Agent" : "Server", draft.product)
            case .allow: line("Allow", draft.isFull ? allow : "")
            case .supported: line("Supported", draft.isFull ? supported : "")
            case .extras: for extra in draft.extras { out += (extra + "\r\n").utf8 }
            }
        }
        line("Content-Type", draft.body.isEmpty ? "" : "application/sdp")
        line("Content-Length", "\(draft.body.utf8.count)")
        out += "\r\n".utf8
        out += draft.body.utf8
        return out
    }

    /// The make's own lines for one call.
    func filledExtras(_ plan: CallPlan, using random: inout SplitMix) -> [String] {
        extras.map { line in
            var line = line
            for (mark, value) in [
                ("{number}", plan.callerNumber), ("{name}", plan.callerName),
                ("{host}", plan.customer.host),
            ] where line.contains(mark) { line = line.replacing(mark, with: value) }
            if line.contains("{uuid}") {
                line = line.replacing("{uuid}", with: NameForm.uuid.draw(using: &random))
            }
            return line
        }
    }
}

/// How a make invents tags, branches and Call-IDs.
enum NameForm: Sendable {
    case hex(prefix: String, digits: Int)
    case decimal(prefix: String)
    case letters(prefix: String, count: Int)
    case uuid

    func draw(using random: inout SplitMix) -> String {
        switch self {
        case .hex(let prefix, let digits):
            let text = Hex.encode(random.next()) + Hex.encode(random.next())
            return prefix + String(decoding: text.prefix(digits), as: UTF8.self)
        case .decimal(let prefix): return prefix + "\(random.next() >> 33)"
        case .letters(let prefix, let count):
            var letters: Octets = []
            for _ in 0..<count {
                letters.append(Self.alphabet[Int(random.next() % UInt64(Self.alphabet.count))])
            }
            return prefix + String(decoding: letters, as: UTF8.self)
        case .uuid: return "\(CallID(using: &random))"
        }
    }

    private static let alphabet = Octets(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-".utf8)
}
