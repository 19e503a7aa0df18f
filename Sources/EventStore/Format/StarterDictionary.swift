// The dictionary of a new log: what SIP messages through a gateway like this one mostly say. From the
// second segment on the log's own records take its place, so nothing here has to be complete.

import Domain

extension CompressionDictionary {
    /// The starter; nil for segments too small to carry it.
    static func starter(segmentBytes: Int) -> CompressionDictionary? {
        starterBytes.count <= segmentBytes / 16 ? CompressionDictionary(starterBytes) : nil
    }

    private static let starterBytes = Octets(
        texts.replacing("\n", with: "\r\n").utf8)

    private static let texts = """
        v=0
        o=- 1 1 IN IP4 192.168.1.10
        s=-
        c=IN IP4 192.168.1.10
        t=0 0
        m=audio 10000 RTP/AVP 0 8 9 18 3 96 97 101
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:9 G722/8000
        a=rtpmap:18 G729/8000
        a=fmtp:18 annexb=no
        a=rtpmap:3 GSM/8000
        a=rtpmap:96 opus/48000/2
        a=fmtp:96 useinbandfec=1
        a=rtpmap:97 iLBC/8000
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-16
        a=ptime:20
        a=maxptime:150
        a=sendrecv
        a=rtcp:10001
        SIP/2.0 487 Request Terminated
        SIP/2.0 486 Busy Here
        SIP/2.0 404 Not Found
        SIP/2.0 503 Service Unavailable
        Reason: Q.850;cause=16;text="Normal call clearing"
        Retry-After: 5
        SIP/2.0 407 Proxy Authentication Required
        Proxy-Authenticate: Digest realm=".trunk.", nonce="", algorithm=MD5, qop="auth"
        Server: Trunkline/0.1.0
        Content-Length: 0

        CANCEL sip:00@ SIP/2.0
        Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK;received=198.51.100.1;rport=5060
        Record-Route: <sip:192.168.1.10;lr>
        Privacy: none
        P-Asserted-Identity: <sip:
        Remote-Party-ID: <sip:;party=calling;screen=yes;privacy=off
        Session-Expires: 1800
        Min-SE: 90
        Supported: timer, path, replaces, 100rel, norefersub, precondition
        Allow-Events: talk, hold, conference, presence, message-summary, refer
        Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO, SUBSCRIBE, UPDATE, PRACK, MESSAGE
        User-Agent: Asterisk PBX 18.10.0
        User-Agent: FreeSWITCH
        User-Agent: Yealink SIP-T46S
        User-Agent: Grandstream GXP2170
        Accept: application/sdp
        Content-Disposition: session
        Proxy-Authorization: Digest username="********", realm=".trunk.", nonce="", \
        uri="sip:00@.trunk.", response="********************************", algorithm=MD5, \
        cnonce="", opaque="", qop=auth, nc=00000001
        CSeq: 2 INVITE
        CSeq: 1 ACK
        CSeq: 3 BYE
        Contact: <sip:192.168.1.10:5060;transport=udp>;expires=3600
        Contact: <sip:@10.0.0.1:5060>
        BYE sip: SIP/2.0
        ACK sip: SIP/2.0
        SIP/2.0 200 OK
        SIP/2.0 183 Session Progress
        SIP/2.0 180 Ringing
        SIP/2.0 100 Trying
        INVITE sip:+49000000@10.0.0.1:5060 SIP/2.0
        Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK000;rport
        Max-Forwards: 70
        Max-Forwards: 69
        From: "" <sip:+49@.trunk.>;tag=as
        From: <sip:anonymous@anonymous.invalid>;tag=
        To: <sip:+49@.trunk.>;tag=00
        To: <sip:00@.trunk.>
        Call-ID: 00@192.168.
        CSeq: 1 INVITE
        Contact: <sip:10.0.0.1:5060>
        Allow: INVITE, ACK, CANCEL, BYE, OPTIONS
        Session-ID: ;remote=00000000000000000000000000000000
        User-Agent: Trunkline/0.1.0
        Content-Type: application/sdp
        Content-Length: 300


        """
}
