"""What the profiles of many networks say together: tables, series and sentences, for any renderer."""
