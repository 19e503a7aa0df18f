import Domain
import Testing

@Suite struct HashTests {
    /// FIPS 180-4 examples, and lengths around the padding's edges from Python's hashlib.
    @Test(arguments: [
        (0, "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a"),
        (1, "10baad1713566ac2333467bddb0597dec9066120dd72ac2dcb8394221dcbe43d"),
        (111, "bd209f60b0d04102a09175297fd255367e54b5a5605b928635c606306914363f"),
        (112, "2cafeb0882cc405167e9a255b8581a66dc683212474902dd453dbca20a94e61a"),
        (113, "3222333be019dc995e5dd1496d5859ddaa491e03e7df81a659d5e74957bf3b53"),
        (127, "c26bc7e9315e62ab0dc6aeb577724d07c09b0c6fdfc0a9f08d8548047c032248"),
        (128, "2ff11194b2aec1f943cb5f130ba647c151334068083194d7281a55d607ae255f"),
        (129, "c4a3bbf841ed2a289e5109fb392229c80db61c72fd92079b5a4f0441f095a111"),
        (239, "b81472d255d80182e196481e5866aa207761a152302a0237e242eb88c577a428"),
        (240, "6ca13c55886b74a5ca2ac9782c4b9a49fe3aeeefdfc0cefc34984872fb4c54fd"),
        (1000, "2c1f30472e8d215c59a25e1f9f4534da577c7b8278197e968d95ca43fd28e38a"),
    ])
    func sha512_256(_ length: Int, _ expected: String) {
        let message = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        #expect(Hex.encode(SHA512_256.hash(message)) == Octets(expected.utf8))
    }

    @Test func theExampleOfTheStandard() {
        #expect(
            Hex.encode(SHA512_256.hash(Octets("abc".utf8)))
                == Octets("53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23".utf8))
    }

    /// The tests' own hashes are right, or nothing below them means anything.
    @Test func theReferenceHashesAreRight() {
        let abc = Octets("abc".utf8)
        #expect(
            Hex.encode(ReferenceHashes.md5(abc)) == Octets("900150983cd24fb0d6963f7d28e17f72".utf8))
        #expect(
            Hex.encode(ReferenceHashes.sha256(abc))
                == Octets("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".utf8))
        // RFC 4231 §4.3.
        #expect(
            Hex.encode(
                ReferenceHashes.hmac(
                    Octets("Jefe".utf8), Octets("what do ya want for nothing?".utf8)))
                == Octets("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843".utf8))
    }
}
