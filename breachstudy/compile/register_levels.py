"""Columns and levels of the Maine and Washington registers, and what they become here."""

from __future__ import annotations

__all__ = [
    "ATTACKS",
    "BUSINESSES",
    "CAUSES",
    "FORM_COLUMNS",
    "FORM_INDUSTRIES",
    "FORM_TYPES",
    "INDUSTRIES",
    "LIST_COLUMNS",
    "NOT_FILINGS",
    "TYPES",
    "WASHINGTON_COLUMNS",
]

FORM_COLUMNS = {
    "completed": "Completed Date",
    "name": "Entity Name",
    "occurred": "Date(s) Breach Occurred",
    "discovered": "Date Breach Discovered",
    "notified": "Date(s) of consumer notification",
    "total": "Total number of persons affected (including Maine residents)",
    "maine": "Total number of Maine residents affected",
    "offered": "Were identify theft protection services offered?",
    "duration": "If yes, for what duration?",
    "provider": "If yes, by what provider?",
    "previous": "List dates of any previous (within 12 months) breach notifications",
}
FORM_INDUSTRIES = (
    ("Health Care", "health"),
    ("Financial Services", "finance"),
    ("Educational", "education"),
    ("Governmental Entity in Maine", "government"),
    ("Other Governmental Entity", "government"),
    ("Not-for-Profit", "nonprofit"),
    ("POS Vendor", "technology"),
    ("Other Commercial", "business_other"),
)
FORM_TYPES = (
    ("Social Security Number", "ssn"),
    ("Driver's license", "driving_licence"),
    ("Financial account number", "financial_account"),
)
NOT_FILINGS = {
    "6/18/2020 2:36:21 PM": "test entry",
    "6/8/2020 9:30:55 AM": "written by an affected person",
    "6/3/2020 4:45:18 PM": "written by an affected person",
    "6/3/2020 2:44:25 PM": "written by an affected person",
    "3/30/2020 9:38:02 PM": "keyboard noise in place of every answer",
    "8/6/2019 12:55:07 PM": "test entry",
    "1/26/2019 10:30:42 AM": "test entry",
}
"""Entries of the Maine form that no organisation made, by the time at which they were made."""
LIST_COLUMNS = {
    "name": "Company Whose Data Was Breached",
    "breach": "Date of Breach",
    "filed": "Date of Notification",
    "types": "Type of Information",
    "maine": "Number of Maine Residents Affected",
}
WASHINGTON_COLUMNS = ("Id", "Name", "DateAware", "DateSubmitted", "DateStart", "DateEnd",
                      "DataBreachCause", "CyberattackType", "IndustryType", "BusinessType",
                      "WashingtoniansAffected")
INDUSTRIES = {"Finance": "finance", "Health": "health", "Education": "education",
              "Government": "government", "Non-Profit/Charity": "nonprofit"}
BUSINESSES = {
    "Retail": "retail", "Clothing": "retail", "Cosmetic": "retail", "Accessories": "retail",
    "Home": "retail", "Consumable": "consumer_goods", "Software": "technology",
    "Web Services": "technology", "Telecommunications": "telecommunications",
    "Hospitality": "hospitality", "Entertainment": "entertainment",
    "Professional Services": "professional_services", "Legal": "professional_services",
    "Human Resources": "professional_services", "Manufacturing": "manufacturing",
    "Biotech": "manufacturing", "Construction": "construction_real_estate",
    "Real Estate": "construction_real_estate", "Transportation": "transport",
    "Shipping": "transport", "Cryptocurrency": "finance", "Fitness": "business_other",
    "Cleaning": "business_other", "Other": "business_other",
}
CAUSES = {"Unauthorized Access": "unauthorised_access", "Theft or Mistake": "theft_or_mistake"}
ATTACKS = {"Ransomware": "ransomware", "Phishing": "phishing", "Malware": "malware",
           "Skimmers": "skimmers", "Other": "cyberattack_other",
           "Unclear/unknown": "cyberattack_unclear"}
TYPES = {
    "Name": "name",
    "Full Date of Birth": "birth_date",
    "Social Security Number": "ssn",
    "Financial & Banking Information": "financial_account",
    "Other": "other",
    "Medical Information": "health",
    "Driver's License or Washington ID Card Number": "driving_licence",
    "Health Insurance Policy or ID Number": "health_insurance",
    "Passport Number": "passport",
    "Username and Password/Security Question Answers": "account_login",
    "Email Address and Password/Security Question Answers": "account_login",
    "Student ID Number": "student_id",
    "Military ID Number": "military_id",
    "Biometric Data": "biometric",
    "Unique Private Key (e.g. used to authenticate or sign an electronic record)": "private_key",
}
