// The text that Prometheus scrapes.

/// Exposition format 0.0.4.
enum Prometheus {
    static func text(_ figures: [Figure]) -> String {
        figures.map { figure in
            let value =
                figure.value == figure.value.rounded() && abs(figure.value) < 1e15
                ? "\(Int64(figure.value))" : "\(figure.value)"
            return """
                # HELP \(figure.name) \(figure.help)
                # TYPE \(figure.name) \(figure.kind.rawValue)
                \(figure.name) \(value)

                """
        }.joined()
    }
}
