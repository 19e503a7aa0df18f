import Domain
import Gateway
import Testing

@Suite struct HashesTests {
    private func text(_ bytes: Octets) -> String {
        String(decoding: Hex.encode(bytes), as: UTF8.self)
    }

    @Test func everyHashIsTheOneItsNameSays() {
        let hashes = Hashes.crypto
        let abc = Octets("abc".utf8)
        #expect(text(hashes.md5(abc)) == "900150983cd24fb0d6963f7d28e17f72")
        #expect(
            text(hashes.sha256(abc))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            text(hashes.sha512_256(abc))
                == "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23")
        // RFC 4231 §4.3.
        #expect(
            text(
                hashes.hmacSHA256(
                    Octets("Jefe".utf8), Octets("what do ya want for nothing?".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }
}
