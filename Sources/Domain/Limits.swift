// Every bound of the system, with its unit and its reason. Nothing else in the sources decides how
// much is too much.

/// The bounds. Values that an operator may change are defaults here and settings elsewhere.
package enum Limits {
    // MARK: SIP messages

    /// The largest UDP payload; a longer datagram cannot exist.
    package static let datagramBytes = 65_535
    /// Header lines in one message: RFC 4475's longest torture message has 40.
    package static let headerLines = 128
    /// URI length; longer gets 414 (RFC 3261 §21.4.11).
    package static let uriBytes = 2_048
    /// Call-ID, tags and branches are kept in memory for each call; longer gets 400.
    package static let tokenBytes = 256
    /// A message that is to be relayed: our additions must still fit a datagram. Longer gets 513.
    package static let relayedMessageBytes = 60_000
    /// Via lines that a response must repeat; more are a loop or an attack. RFC 4475 §3.1.1.7 has 34.
    package static let viaValues = 64
    /// Record-Route values kept for a dialog.
    package static let routeValues = 16
    /// m-lines in a session description; more gets 488.
    package static let mediaDescriptions = 16
    /// m-lines of one call that get ports of their own; further ones are declined with port 0.
    package static let relayedStreams = 4

    /// Memory kept for messages that leave together: some 1,000 of them.
    package static let departureBytes = 1_048_576

    // MARK: Calls

    /// Calls at once. At 40 kB each this is 400 MB.
    package static let calls = 10_000
    /// Server and client transactions at once. A call has three or four, and most are remembered for
    /// 64*T1 = 32 s after it is over: those of 2,000 calls a second, at 2 kB each.
    package static let transactions = 262_144
    /// Destinations tried for one call.
    package static let attempts = 8
    /// Events and bytes that one call may record before it must end; twice that is enforced.
    package static let eventsPerCall = 4_096
    package static let bytesPerCall = 1_048_576
    /// No response at all from a destination for this long means the next one (settable).
    package static let noReplyTimeout = Duration.seconds(4)
    package static let ringTimeout = Duration.seconds(120)
    package static let maximumDuration = Duration.seconds(4 * 3_600)
    /// Totals of a call's media are recorded this often, so that a crash loses little.
    package static let mediaReportInterval = Duration.seconds(30)
    /// No RTP from either side for this long ends the call.
    package static let mediaSilence = Duration.seconds(60)
    /// A port rests this long before another call gets it, so that late packets hit nobody.
    package static let portRest = Duration.seconds(60)
    /// Final responses and ACKs that a restart could repeat: those of 32 s at 500 calls a second.
    package static let rememberedAnswers = 65_536

    // MARK: Process

    /// Sockets kept over a restart, those of 4,000 calls: their names are one variable of the environment,
    /// which the kernel lets have 128 KiB. What is beyond is bound again.
    package static let keptDescriptors = 16_384
    /// Starts in a row that come to nothing, after which a supervisor gives up.
    package static let failedStarts = 5

    // MARK: Media

    /// Pairs of RTP and RTCP sockets kept bound ahead of the calls that will use them.
    package static let readyPortPairs = 256
    /// Packets of one source that latch it.
    package static let latchPackets: UInt8 = 3
    /// A source silent for this long may be replaced by another one.
    package static let latchSilence = Duration.seconds(2)
    /// Sources that one side may change to until its window is reopened: each is an event.
    package static let latchChanges: UInt16 = 64

    // MARK: Unauthenticated traffic

    /// Refused calls recorded one by one, for one source: this many at once, refilled each minute.
    package static let recordedRefusalsPerSource = 10
    /// The same for all sources together, each second: bounds what a flood can write to the log.
    package static let recordedRefusalsPerSecond = 20
    /// Sources remembered by the allowances and the lock-out; the oldest are forgotten.
    package static let rememberedSources = 16_384
    /// Wrong passwords from one source before it is locked out, and for how long.
    package static let failuresBeforeLockout = 20
    package static let lockout = Duration.seconds(60)
    /// The same for one username at one trunk from one source; fewer, so that one PBX with an old
    /// password is stopped before the others behind its NAT are.
    package static let failuresPerCredential = 10
    /// Credentials looked at in one request: one for each challenge and a proxy or two on the way.
    package static let credentialsPerRequest = 8
    /// Recent challenges whose bytes are kept for the retry that authenticates.
    package static let rememberedChallenges = 4_096
    /// One summary event for each window in which anything was only counted.
    package static let summaryWindow = Duration.seconds(10)
    /// A nonce is good for this long.
    package static let nonceLifetime = Duration.seconds(300)
    /// Nonces whose highest count is remembered; a forgotten one is stale, not wrong.
    package static let rememberedNonces = 65_536

    // MARK: Provisioning

    /// Objects of each kind: all are held in memory.
    package static let trunks = 100_000
    package static let carriers = 10_000
    package static let routes = 100_000
    package static let networksPerTrunk = 256
    package static let nameBytes = 255
    package static let detailBytes = 4_096
    package static let usernameBytes = 128
    package static let passwordBytes = 128
    /// Characters of a password made by us: 6 random bits each.
    package static let generatedPasswordCharacters = 24
    /// A DNS label and a whole name (RFC 1035 §2.3.4).
    package static let labelBytes = 63
    package static let hostBytes = 253
    /// A route's prefix: E.164 has 15 digits, carriers put technical prefixes before them.
    package static let prefixBytes = 32
    /// The widest networks whose sources may call the gateway's bare address.
    package static let bareNetworkPrefixV4: UInt8 = 16
    package static let bareNetworkPrefixV6: UInt8 = 48
    /// Deleted trunks remembered by label for the reason of a refusal; half are forgotten past it.
    package static let deletedTrunks = 20_000
    /// Requests that the API takes each second: a script in a loop must not hold up the calls.
    package static let apiRequestsPerSecond = 200
    /// A request body of the API.
    package static let apiBodyBytes = 65_536

    // MARK: Log

    /// Size of a segment file; a parameter of the log, this is the default.
    package static let segmentBytes = 64 * 1_048_576
    /// A batch is closed at this many raw bytes: LZ4 gains little beyond.
    package static let batchBytes = 262_144
    /// One record: the largest message and its fields.
    package static let recordBytes = 131_072
    /// Raw bytes waiting for the writer before new calls are turned away.
    package static let pendingBytes = 16 * 1_048_576
    /// Under load this long between the starts of two syncs: a sync costs as much CPU as five messages.
    package static let syncSpacing = Duration.milliseconds(2)

    /// A segment is closed at this age, so that what a quiet gateway writes is sealed, too.
    package static let segmentAge = Duration.seconds(24 * 3_600)
    /// Up to this many bytes a live batch is compressed with effort, which takes 0.2 ms; larger ones
    /// are a sign of load, and take a third of the time for each byte.
    package static let hardBatchBytes = 32_768
    /// And only when commits begin this far apart: effort takes a fifth of a processor at most.
    package static let hardCommitSpacing = Duration.milliseconds(1)
    /// LZ4's effort for live batches; more than this costs twice the time for 3 % of the bytes.
    package static let liveCompressionLevel: Int32 = 3
    /// Records of a sealed segment that are sorted by stream together. The messages of a call are far
    /// apart, and LZ4 looks back 64 KiB; more gains little, and a reader has so much in memory.
    package static let sealedGroupBytes = 16 * 1_048_576
    /// Compressed by itself, so that one call can be read without the others. A block begins with nothing
    /// to look back to: 256 KiB would take 4 % more.
    package static let sealedBlockBytes = 1_048_576
    /// LZ4's effort for sealed segments.
    package static let sealCompressionLevel: Int32 = 9
    /// Nine syncs in ten take a tenth of this on a fit disk: one in a hundred above it is worth a
    /// warning.
    package static let syncWarning = Duration.milliseconds(10)
    /// How long a sync counts for that warning: one slow moment, such as a start, is then forgotten.
    package static let syncMemory = Duration.seconds(60)
    /// RFC 3261's T1: callers repeat their requests from here on, and new calls would only add to it.
    package static let syncShedding = Duration.milliseconds(500)
    /// A sync that takes this long is taken for one that never ends.
    package static let syncFailure = Duration.seconds(5)
    /// Streams whose last event is followed for conditional appends.
    package static let watchedStreams = 4_096

    // MARK: Projections

    /// Events folded into SQLite in one transaction, and how often new ones are looked for.
    package static let projectionBatch = 1_000
    package static let projectionDelay = Duration.milliseconds(100)

    /// Whatever has to be said after the end of a call is said by then: twice 64*T1, for a request that
    /// waits for a response to another, and half as much again. A call that is late by this is stuck.
    package static let settlingTime = Duration.seconds(96)

    // MARK: Snapshots

    /// A snapshot is written after this many events, about a second of folding at a start, or when the
    /// last one is so old.
    package static let snapshotEvents = 100_000
    package static let snapshotInterval = Duration.seconds(600)
    /// Snapshots kept: when something is wrong with the newest, the one before is used.
    package static let snapshots = 2
    /// A larger file, or one that decompresses to more, is not read: 10,000 calls are 400 MB.
    package static let snapshotBytes = 1_024 * 1_048_576
    /// How often the second fold looks for new events. It is in no hurry, and many at once cost less.
    package static let snapshotFollowing = Duration.seconds(1)
}
