// A caller's answer to a challenge (RFC 7616 §3.4, MD5 with qop).

import Domain

/// One Proxy-Authorization value.
struct ProxyCredentials {
    let text: String

    init(_ challenge: Message, _ customer: Customer, uri: String, using random: inout SplitMix) {
        let line = challenge.line(.proxyAuthenticate)
        let realm = Self.quoted("realm", in: line)
        let nonce = Self.quoted("nonce", in: line)
        let cnonce = String(decoding: Hex.encode(random.next()), as: UTF8.self)
        let secret = Self.md5("\(customer.username):\(realm):\(customer.password)")
        let response = Self.md5(
            "\(secret):\(nonce):00000001:\(cnonce):auth:" + Self.md5("INVITE:\(uri)"))
        text =
            "Digest username=\"\(customer.username)\", realm=\"\(realm)\", nonce=\"\(nonce)\", "
            + "uri=\"\(uri)\", response=\"\(response)\", algorithm=MD5, cnonce=\"\(cnonce)\", "
            + "qop=auth, nc=00000001"
    }

    private static func quoted(_ name: String, in line: String) -> String {
        guard let start = line.firstRange(of: name + "=\"")?.upperBound else { return "" }
        return String(line[start...].prefix { $0 != "\"" })
    }

    private static func md5(_ text: String) -> String {
        String(decoding: Hex.encode(Hashes.swiftCrypto.md5(Octets(text.utf8))), as: UTF8.self)
    }
}
