import Domain
import Testing

/// The vectors of RFC 2617, RFC 7616 and RFC 8760's algorithms, from a file beside the package.
@Suite struct DigestVectorTests {
    /// Rows with an algorithm and a qop that we offer, by column name.
    private static func rows() throws -> [[String: String]] {
        let bytes = try #require(TortureCorpus.read("digest-vectors.tsv"))
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let cells = lines.map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        let names = try #require(cells.first)
        return cells.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
            .filter { DigestAlgorithm(name: $0["algorithm"] ?? "") != nil }
            .filter { ["", "auth"].contains($0["qop"]) }
    }

    /// The header a client would send for a row.
    private static func credentials(_ row: [String: String]) throws -> DigestCredentials {
        var text = "Digest "
        for name in ["username", "realm", "nonce", "uri", "response"] {
            text += "\(name)=\"\(row[name] ?? "")\", "
        }
        text += "algorithm=\(row["algorithm"] ?? "")"
        if row["qop"] == "auth" {
            text += ", qop=auth, nc=\(row["nc"] ?? ""), cnonce=\"\(row["cnonce"] ?? "")\""
        }
        return try #require(DigestCredentials(parsing: Octets(text.utf8)[...]))
    }

    @Test(.enabled(if: TortureCorpus.isPresent, "the shared vectors are not beside the package"))
    func responsesOfTheVectors() throws {
        let rows = try Self.rows()
        #expect(rows.count >= 20)
        for row in rows {
            let credentials = try Self.credentials(row)
            let algorithm = try #require(credentials.algorithm)
            let secret = "\(row["username"] ?? ""):\(row["realm"] ?? ""):\(row["password"] ?? "")"
            let ha1 = ReferenceHashes.all.digest(algorithm, Octets(secret.utf8))
            #expect(Hex.encode(ha1) == Octets((row["ha1"] ?? "").utf8))
            let response = DigestResponse.compute(
                algorithm, ha1: ha1, method: Octets((row["method"] ?? "").utf8),
                credentials: credentials, hashes: ReferenceHashes.all)
            #expect(response == credentials.response, "\(row["source"] ?? "") \(algorithm)")
        }
    }

    /// RFC 7616 §3.9.1 written out, so that something is checked without the file.
    @Test(arguments: [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ])
    func responsesOfTheStandard(_ name: String, _ response: String) throws {
        let row = [
            "username": "Mufasa", "realm": "http-auth@example.org", "uri": "/dir/index.html",
            "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "nc": "00000001",
            "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "qop": "auth",
            "algorithm": name, "response": response,
        ]
        let credentials = try Self.credentials(row)
        let algorithm = try #require(credentials.algorithm)
        let ha1 = ReferenceHashes.all.digest(
            algorithm, Octets("Mufasa:http-auth@example.org:Circle of Life".utf8))
        let computed = DigestResponse.compute(
            algorithm, ha1: ha1, method: Octets("GET".utf8), credentials: credentials,
            hashes: ReferenceHashes.all)
        #expect(computed == credentials.response)
    }

    @Test(arguments: [
        "Basic dXNlcjpwYXNz", "Digest", "Digest ", "Digest username=\"a", "digest realm=x",
        "Digest username=a, realm=b, nonce=c, uri=d", "",
    ])
    func whatCannotBeRead(_ text: String) {
        #expect(DigestCredentials(parsing: Octets(text.utf8)[...]) == nil)
    }
}
