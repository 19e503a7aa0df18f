// The makes that take part in the corpus.

extension UserAgent {
    /// PBXs and phones.
    static let all = [asterisk, freeSWITCH, yealink, grandstream, cisco, threeCX]

    static let asterisk = UserAgent(
        products: ["Asterisk PBX 18.20.0", "FPBX-16.0.40(18.9-cert4)", "Asterisk PBX 20.5.2"],
        order: [
            .via, .from, .to, .contact, .callID, .cseq, .allow, .supported, .extras, .maxForwards,
            .product,
        ],
        branch: .hex(prefix: "z9hG4bKPj", digits: 32), tag: .uuid, callID: .uuid, namesHost: false,
        allow: "OPTIONS, REGISTER, SUBSCRIBE, NOTIFY, PUBLISH, INVITE, ACK, BYE, CANCEL, UPDATE, "
            + "PRACK, INFO, MESSAGE, REFER",
        supported: "100rel, timer, replaces, norefersub, histinfo",
        extras: [
            "Session-Expires: 1800", "Min-SE: 90",
            "P-Asserted-Identity: \"{name}\" <sip:{number}@{host}>",
        ],
        session: SessionStyle(user: "-", name: "Asterisk", isPlain: false, hasRTCP: false))

    static let freeSWITCH = UserAgent(
        products: [
            "FreeSWITCH-mod_sofia/1.10.9-release~64bit", "FreeSWITCH-mod_sofia/1.10.11-release+git",
        ],
        order: [
            .via, .maxForwards, .from, .to, .callID, .cseq, .contact, .product, .allow, .supported,
            .extras,
        ],
        branch: .letters(prefix: "z9hG4bK", count: 13), tag: .letters(prefix: "", count: 13),
        callID: .uuid, namesHost: false,
        allow: "INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, REGISTER, REFER, NOTIFY",
        supported: "timer, path, replaces",
        extras: [
            "Allow-Events: talk, hold, conference, refer", "Content-Disposition: session",
            "X-FS-Support: update_display,send_info",
            "Remote-Party-ID: \"{name}\" <sip:{number}@{host}>;party=calling;screen=yes;privacy=off",
        ],
        session: SessionStyle(user: "FreeSWITCH", name: "FreeSWITCH", isPlain: false, hasRTCP: true)
    )

    static let yealink = UserAgent(
        products: ["Yealink SIP-T46U 108.86.0.45", "Yealink SIP-T54W 96.86.0.23"],
        order: [
            .via, .from, .to, .callID, .cseq, .contact, .allow, .maxForwards, .product, .extras,
            .supported,
        ],
        branch: .decimal(prefix: "z9hG4bK"), tag: .decimal(prefix: ""),
        callID: .decimal(prefix: "0_"), namesHost: true,
        allow:
            "INVITE, INFO, PRACK, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REGISTER, SUBSCRIBE, REFER, "
            + "PUBLISH, UPDATE, MESSAGE",
        supported: "replaces",
        extras: ["Allow-Events: talk,hold,conference,refer,check-sync"],
        session: SessionStyle(user: "-", name: "SDP data", isPlain: false, hasRTCP: false))

    static let grandstream = UserAgent(
        products: ["Grandstream GXP2170 1.0.11.64", "Grandstream UCM6304V1.5A 1.0.19.27"],
        order: [
            .via, .from, .to, .contact, .supported, .extras, .callID, .cseq, .maxForwards, .product,
            .allow,
        ],
        branch: .decimal(prefix: "z9hG4bK"), tag: .decimal(prefix: ""),
        callID: .decimal(prefix: "16-5060-"), namesHost: true,
        allow: "INVITE, ACK, OPTIONS, CANCEL, BYE, SUBSCRIBE, NOTIFY, INFO, REFER, UPDATE",
        supported: "replaces, path, timer",
        extras: [
            "Privacy: none", "P-Preferred-Identity: \"{name}\" <sip:{number}@{host}>",
            "P-Access-Network-Info: IEEE-EUI-48;eui-48-addr=C0-74-AD-11-22-33",
            "P-Emergency-Info: IEEE-EUI-48;eui-48-addr=C0-74-AD-11-22-33",
        ],
        session: SessionStyle(user: "8000", name: "SIP Call", isPlain: false, hasRTCP: true))

    static let cisco = UserAgent(
        products: ["Cisco-SIPGateway/Cisco IOS 15.7.3.M8", "Cisco-CUCM14.0", "Cisco-CUCM12.5"],
        order: [
            .via, .from, .to, .extras, .callID, .supported, .allow, .product, .cseq, .maxForwards,
            .contact,
        ],
        branch: .hex(prefix: "z9hG4bK", digits: 12), tag: .hex(prefix: "21~", digits: 32),
        callID: .hex(prefix: "", digits: 31), namesHost: true,
        allow: "INVITE, OPTIONS, BYE, CANCEL, ACK, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY, INFO, "
            + "REGISTER",
        supported: "timer,resource-priority,replaces,sdp-anat",
        extras: [
            "Min-SE: 1800", "Cisco-Guid: {uuid}", "Session-Expires: 1800",
            "Remote-Party-ID: \"{name}\" <sip:{number}@{host}>;party=calling;screen=yes;privacy=off",
            "Allow-Events: telephone-event",
        ],
        session: SessionStyle(
            user: "CiscoSystemsSIP-GW-UserAgent", name: "SIP Call", isPlain: true, hasRTCP: false))

    static let threeCX = UserAgent(
        products: ["3CXPhoneSystem 18.0.9.20 (20)", "3CXPhoneSystem 20.0.1.1026 (1026)"],
        order: [
            .via, .maxForwards, .contact, .to, .from, .callID, .cseq, .allow, .supported, .product,
            .extras,
        ],
        branch: .letters(prefix: "z9hG4bK-524287-1---", count: 16),
        tag: .hex(prefix: "", digits: 8), callID: .letters(prefix: "", count: 22), namesHost: false,
        allow: "INVITE, ACK, CANCEL, OPTIONS, BYE, REGISTER, SUBSCRIBE, NOTIFY, REFER, INFO, "
            + "MESSAGE, UPDATE",
        supported: "replaces, timer",
        extras: ["Remote-Party-ID: \"{name}\" <sip:{number}@{host}>;party=calling"],
        session: SessionStyle(user: "3cxPS", name: "3cxPS Audio call", isPlain: true, hasRTCP: true)
    )

    /// What answers at the carriers.
    static let carriers = [
        UserAgent(
            products: ["Oracle SBC", "ACME-SBC 8.4"],
            order: [
                .via, .from, .to, .callID, .cseq, .contact, .allow, .supported, .product, .extras,
            ],
            branch: .letters(prefix: "z9hG4bK", count: 24),
            tag: .hex(prefix: "SD", digits: 24), callID: .uuid, namesHost: true,
            allow: "INVITE,ACK,BYE,CANCEL,OPTIONS,PRACK,UPDATE", supported: "100rel,timer",
            extras: [],
            session: SessionStyle(
                user: "Sonus_UAC", name: "SIP Media Capabilities", isPlain: false,
                hasRTCP: false)),
        UserAgent(
            products: ["kamailio (5.7.3 (x86_64/linux))", "SEMS SBC 1.7"],
            order: [
                .via, .to, .from, .callID, .cseq, .product, .contact, .extras, .supported, .allow,
            ],
            branch: .hex(prefix: "z9hG4bKcydzigwkX", digits: 8),
            tag: .hex(prefix: "", digits: 26), callID: .uuid, namesHost: false,
            allow: "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE", supported: "",
            extras: [],
            session: SessionStyle(user: "root", name: "session", isPlain: true, hasRTCP: true)),
    ]
}
